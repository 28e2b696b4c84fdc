/** Objects of a small cluster, each right, with as many fields as there is room for: what is fuzzed are its neighbours. */
import { wholeConf, wholePeer } from '../../vectors/whole-bgp-objects.js';

export const eip = {
  metadata: {
    name: 'lan',
    uid: 'u1',
    generation: 2,
    resourceVersion: '7',
    annotations: {
      'eip.openelb.kubesphere.io/is-default-eip': 'true',
      'eip.openelb.kubesphere.io/foreign-virtual-router-ids':
        '[{"id":51,"ipFamily":"IPv4","group":"lan-0","by":"192.0.2.8","until":"2026-12-01T00:00:00Z"}]',
    },
  },
  spec: {
    address: '192.0.2.0/29,2001:db8::/125',
    protocol: 'vip',
    interface: 'eth0',
    namespaces: ['default'],
    nodeSelector: { rack: '1' },
    nodeSelectors: [{ matchExpressions: [{ key: 'rack', operator: 'In', values: ['1'] }] }],
    serviceSelector: { matchLabels: { app: 'web' } },
    vrrp: { groups: 2, advertisementInterval: '250ms', checks: [{ name: 'x', tcp: 'h:1' }] },
  },
  status: {
    usage: 1,
    holders: { 'lan-0': 'n1' },
    used: { '192.0.2.1': 'default/web' },
    conditions: [{ type: 'Ready', status: 'True', reason: 'Valid', message: 'm', lastTransitionTime: 't' }],
  },
};

export const routedEip = {
  metadata: { name: 'routed', uid: 'u2' },
  spec: { address: '198.51.100.0/30', protocol: 'bgp', disable: false },
};

export const group = {
  metadata: { name: 'lan-0', uid: 'u3', resourceVersion: '7', generation: 3 },
  spec: {
    eip: 'lan',
    protocol: 'vip',
    interface: 'eth0',
    addresses: ['192.0.2.1'],
    vrrp: { virtualRouterId: 51, preempt: true, checks: [{ name: 'x', tcp: 'h:1', weight: -10 }] },
    members: [
      { node: 'n1', priority: 254, address: '192.0.2.9' },
      { node: 'n2', priority: 234, lastResort: 'Cordoned' },
    ],
  },
  status: {
    holder: 'n1',
    since: '2026-01-01T00:00:00Z',
    transitions: 2,
    notHeld: [{ address: '192.0.2.1', reason: 'AnsweredElsewhere', message: '02:00:00:00:00:01' }],
    members: [
      {
        node: 'n1',
        state: 'Active',
        foreignRouter: { address: '192.0.2.8', virtualRouterId: 51 },
        history: [{ at: '2026-01-01T00:00:00Z', from: 'Backup', to: 'Active', reason: 'r', peer: '192.0.2.8' }],
      },
    ],
    conditions: [{ type: 'X', status: 'True', reason: 'R', message: 'm (seen by n1)', lastTransitionTime: 't' }],
  },
};

export const routedGroup = {
  metadata: { name: 'routed-0', uid: 'u4' },
  spec: { eip: 'routed', protocol: 'bgp', addresses: ['198.51.100.1'], members: [{ node: 'n1', priority: 100 }] },
  status: { members: [{ node: 'n1', state: 'Announcing', routers: 1, routersWanted: 2 }] },
};

export const service = {
  metadata: {
    name: 'web',
    namespace: 'default',
    uid: 'u5',
    resourceVersion: '7',
    creationTimestamp: '2026-01-01T00:00:00Z',
    labels: { app: 'web' },
    annotations: {
      'lb.kubesphere.io/v1alpha1': 'openelb',
      'eip.openelb.kubesphere.io/v1alpha2': 'lan',
      'eip.openelb.kubesphere.io/v1alpha1': '192.0.2.1',
      'eip.openelb.kubesphere.io/sharing-key': 'k',
    },
    finalizers: ['x'],
  },
  spec: {
    type: 'LoadBalancer',
    loadBalancerClass: 'openelb.io/vip',
    loadBalancerIP: '192.0.2.1',
    clusterIP: '10.96.0.1',
    ipFamilies: ['IPv4'],
    ipFamilyPolicy: 'SingleStack',
    externalIPs: ['192.0.2.3'],
    externalTrafficPolicy: 'Local',
    selector: { app: 'web' },
    ports: [{ port: 80, protocol: 'TCP' }],
  },
  status: { loadBalancer: { ingress: [{ ip: '192.0.2.1', ipMode: 'VIP' }] } },
};

export const node = {
  metadata: { name: 'n1', uid: 'u6', resourceVersion: '7', labels: { rack: '1', 'kubernetes.io/hostname': 'n1' } },
  spec: { unschedulable: true, podCIDRs: ['10.244.0.0/24'] },
  status: {
    addresses: [{ type: 'InternalIP', address: '192.0.2.9' }],
    conditions: [{ type: 'Ready', status: 'True' }],
  },
};

export const slice = {
  metadata: { name: 's', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
  endpoints: [{ nodeName: 'n1', conditions: { ready: true, serving: true, terminating: false } }],
};

export const lease = {
  metadata: {
    name: 'agent.n1',
    namespace: 'openelb-system',
    annotations: {
      'openelb.io/node': 'n1',
      'openelb.io/network': '{"nics":{"eth0":["192.0.2.9/24"]},"gateways":["192.0.2.6"]}',
    },
  },
  spec: { holderIdentity: 'n1', leaseDurationSeconds: 10, renewTime: '2026-01-01T00:00:00.000000Z' },
};

export const bgpConf = wholeConf;

export const bgpPeer = {
  ...wholePeer,
  spec: {
    ...wholePeer.spec,
    nodeSelector: { matchLabels: { rack: '1' } },
    advertise: [{ eips: ['routed'], communities: ['web'], aggregationLength: 24, localPref: 100 }],
  },
};
