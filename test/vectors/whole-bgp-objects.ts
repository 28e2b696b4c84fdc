/** A BgpConf and a BgpPeer with something in each place that this product reads, for whoever spoils them one place at a time. */
export const wholeConf = {
  metadata: { name: 'default', uid: 'u', generation: 2, creationTimestamp: '2026-01-01T00:00:00Z', finalizers: ['x'] },
  spec: {
    as: 50_000,
    asPerRack: { a: 50_001 },
    routerId: '192.0.2.11',
    listenPort: 179,
    listenAddresses: ['192.0.2.11'],
    gracefulRestart: { enabled: true, restartTime: 120 },
    drainWait: '10s',
    communityAliases: { web: '50000:1' },
  },
  status: {
    nodesConfStatus: { n1: { routerId: '192.0.2.11', as: 50_000 } },
    conditions: [{ type: 'Configured', status: 'True', reason: 'R', message: 'm', lastTransitionTime: 't' }],
  },
};

export const wholePeer = {
  metadata: { name: 'tor', uid: 'u', generation: 2 },
  spec: {
    conf: { neighborAddress: '192.0.2.1', peerAs: 50_001, passwordSecret: { name: 's', key: 'k' } },
    nodeSelector: { matchLabels: { rack: 'a' }, matchExpressions: [{ key: 'rack', operator: 'In', values: ['a'] }] },
    sourceAddress: '192.0.2.0/24',
    ebgpMultihop: { enabled: true, multihopTtl: 2 },
    bfd: { enabled: true, detectMultiplier: 3, receiveInterval: '300ms' },
    communities: ['web'],
    timers: { config: { connectRetry: '30', holdTime: '9' } },
    transport: { passiveMode: false, remotePort: 179 },
    afiSafis: [{ config: { family: { afi: 'AFI_IP', safi: 'SAFI_UNICAST' }, enabled: true } }],
    advertise: [{ eips: ['lan'], communities: ['web'], aggregationLength: 24 }],
  },
  status: {
    nodes: [
      { node: 'n1', state: 'Established', since: '2026-01-01T00:00:00Z', address: '192.0.2.1', prefixesSent: 1 },
      { node: 'n2', state: 'Idle', problem: { reason: 'R', message: 'm' }, lastClose: { reason: 'R', at: 't' } },
    ],
    nodesPeerStatus: { n1: { peerState: { sessionState: 'ESTABLISHED' }, timersState: { uptime: 't' } } },
    established: '1/2',
    conditions: [{ type: 'Configured', status: 'True', reason: 'R', message: 'm', lastTransitionTime: 't' }],
  },
};
