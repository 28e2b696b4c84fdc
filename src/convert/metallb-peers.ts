/** MetalLB's BGPPeers become BgpPeers and the one BgpConf. */
import { group, version } from '../api/annotations.js';
import { sessionOfBgp } from './bgp.js';
import {
  type Converted,
  type Document,
  list,
  type Manifest,
  metadataNotes,
  type Remark,
  remark,
  unread,
  withoutCounterpart,
} from './document.js';

export function convertPeers(documents: readonly Document[]): Converted {
  const peers = documents.filter(({ kind }) => kind === 'BGPPeer');
  const [first] = peers;
  if (first === undefined) return { manifests: [], remarks: [] };
  const as = first.spec.myASN;
  const { routerID } = first.spec;
  const conf: Manifest = {
    apiVersion: `${group}/${version}`,
    kind: 'BgpConf',
    metadata: { name: 'default' },
    spec: defined({ as, routerId: routerID }),
  };
  const remarks = peers.flatMap((peer) => [
    sessionOfBgp(peer),
    ...peerRemarks(peer),
    ...(peer.spec.routerID === routerID
      ? []
      : [remark(peer, 'spec.routerID', `there is one for all peers: that of ${first.called} is taken`)]),
  ]);
  return { manifests: [conf, ...peers.map((peer) => bgpPeer(peer, as))], remarks, notes: peers.flatMap(metadataNotes) };
}

function bgpPeer({ metadata, spec }: Document, as: unknown): Manifest {
  const [selector, ...more] = list(spec.nodeSelectors);
  const localAs = spec.localASN ?? (spec.myASN === as ? undefined : spec.myASN);
  const timers = defined({
    connectRetry: seconds(spec.connectTime),
    holdTime: seconds(spec.holdTime),
    keepaliveInterval: seconds(spec.keepaliveTime),
  });
  return {
    apiVersion: `${group}/${version}`,
    kind: 'BgpPeer',
    metadata: { name: metadata.name },
    spec: defined({
      conf: defined({
        neighborAddress: spec.peerAddress,
        peerAs: spec.peerASN,
        localAs,
        authPassword: spec.password,
        neighborInterface: spec.interface,
        vrf: spec.vrf,
      }),
      transport: spec.peerPort === undefined || spec.peerPort === 179 ? undefined : { remotePort: spec.peerPort },
      timers: Object.keys(timers).length === 0 ? undefined : { config: timers },
      ebgpMultihop: spec.ebgpMultiHop === true ? { enabled: true } : undefined,
      gracefulRestart: spec.enableGracefulRestart === true ? { enabled: true } : undefined,
      nodeSelector: more.length === 0 ? selector : undefined,
    }),
  };
}

function peerRemarks(peer: Document): readonly Remark[] {
  const reasons = {
    passwordSecret: 'the password is in spec.conf.authPassword: copy it there from the Secret',
    bfdProfile: 'there is no BFD: shorten the hold time instead',
    sourceAddress: "the session comes from the node's address on the way to the peer",
    dynamicASN: 'write the number of the AS into spec.conf.peerAs',
    disableMP: 'there is no counterpart',
    dualStackAddressFamily: 'there is no counterpart: name the families in spec.afiSafis',
  };
  const remarks = [
    ...withoutCounterpart(peer, reasons),
    ...unread(peer, 'spec', peer.spec, [...carriedOver, ...Object.keys(reasons)]),
  ];
  if (list(peer.spec.nodeSelectors).length < 2) return remarks;
  return [
    ...remarks,
    remark(peer, 'spec.nodeSelectors', 'a BgpPeer has one: write one that selects all of these nodes'),
  ];
}

const carriedOver = [
  'myASN',
  'peerASN',
  'localASN',
  'routerID',
  'peerAddress',
  'password',
  'interface',
  'vrf',
  'peerPort',
  'connectTime',
  'holdTime',
  'keepaliveTime',
  'ebgpMultiHop',
  'enableGracefulRestart',
  'nodeSelectors',
];

/** `1m30s` is `90`; a number counts seconds already. */
function seconds(duration: unknown): string | undefined {
  if (typeof duration === 'number') return String(duration);
  if (typeof duration !== 'string') return undefined;
  const units: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001 };
  const parts = [...duration.matchAll(/([\d.]+)(ms|h|m|s)/g)];
  if (parts.length === 0) return /^\d+$/.test(duration) ? duration : undefined;
  return String(Math.round(parts.reduce((sum, [, count, unit]) => sum + Number(count) * units[unit!]!, 0)));
}

function defined(object: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
