// Owns: what MetalLB's users rely on, as tables: objects of MetalLB's and Services in, addresses out.
// Source: the subjects of MetalLB's public end-to-end tests (allocation, sharing, priorities, dual stack), in own words.

export interface Scenario {
  readonly title: string;
  /** Pools by name; each gets an L2Advertisement of its own. */
  readonly pools: Readonly<Record<string, object>>;
  /** In the order in which they are created. */
  readonly services: readonly Asked[];
}

export interface Asked {
  readonly name: string;
  /** Default: `default`. */
  readonly namespace?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec?: object;
  /** The address it gets, several joined by commas; or the reason why it waits. */
  readonly gets: string;
  /** `metallb.io/ip-allocated-from-pool` of it. */
  readonly from?: string;
}

const of = (...addresses: string[]) => ({ addresses });

export const scenarios: readonly Scenario[] = [
  {
    title: 'a Service that asks for nothing has the first address of the pool',
    pools: { plain: of('198.51.100.10-198.51.100.20') },
    services: [
      { name: 'first', gets: '198.51.100.10', from: 'plain' },
      { name: 'second', gets: '198.51.100.11', from: 'plain' },
    ],
  },
  {
    title: 'a pool that is not assigned automatically is for those who name it, in both spellings',
    pools: { named: { addresses: ['198.51.100.32/28'], autoAssign: false } },
    services: [
      { name: 'unnamed', gets: 'NoPool' },
      { name: 'present', annotations: { 'metallb.io/address-pool': 'named' }, gets: '198.51.100.32', from: 'named' },
      {
        name: 'former',
        annotations: { 'metallb.universe.tf/address-pool': 'named' },
        gets: '198.51.100.33',
        from: 'named',
      },
      { name: 'mistaken', annotations: { 'metallb.io/address-pool': 'nobody' }, gets: 'PoolUnknown' },
    ],
  },
  {
    title: 'addresses that end in 0 and 255 are left out where the pool says so',
    pools: { careful: { addresses: ['198.51.100.0/32', '198.51.100.255/32', '198.51.100.1/32'], avoidBuggyIPs: true } },
    services: [
      { name: 'one', gets: '198.51.100.1' },
      { name: 'two', gets: 'PoolFull' },
    ],
  },
  {
    title: 'when a pool is full the next one gives',
    pools: { a: of('198.51.100.41/32'), b: of('198.51.100.42/32') },
    services: [
      { name: 'one', gets: '198.51.100.41', from: 'a' },
      { name: 'two', gets: '198.51.100.42', from: 'b' },
      { name: 'three', gets: 'PoolFull' },
    ],
  },
  {
    title: 'of the pools of a namespace the one with the smallest number gives first, and one without a number last',
    pools: {
      unranked: { addresses: ['198.51.100.51/32'], serviceAllocation: { namespaces: ['tenant'] } },
      second: { addresses: ['198.51.100.52/32'], serviceAllocation: { priority: 20, namespaces: ['tenant'] } },
      first: { addresses: ['198.51.100.53/32'], serviceAllocation: { priority: 10, namespaces: ['tenant'] } },
    },
    services: [
      { name: 'one', namespace: 'tenant', gets: '198.51.100.53', from: 'first' },
      { name: 'two', namespace: 'tenant', gets: '198.51.100.52', from: 'second' },
      { name: 'three', namespace: 'tenant', gets: '198.51.100.51', from: 'unranked' },
      { name: 'stranger', gets: 'NoPool' },
    ],
  },
  {
    title:
      'a pool for namespaces with certain labels serves those, also by the operators of a selector, and refuses others',
    pools: {
      labelled: {
        addresses: ['198.51.100.60/31'],
        serviceAllocation: {
          namespaceSelectors: [
            { matchExpressions: [{ key: 'team', operator: 'In', values: ['net', 'web'] }] },
            { matchLabels: { special: 'yes' } },
          ],
        },
      },
    },
    services: [
      { name: 'one', namespace: 'tenant', gets: '198.51.100.60', from: 'labelled' },
      { name: 'asks', annotations: { 'metallb.io/address-pool': 'labelled' }, gets: 'NamespaceNotAllowed' },
    ],
  },
  {
    title: 'an address that is asked for is given, by the annotation or by the field',
    pools: { asked: of('198.51.100.70-198.51.100.79') },
    services: [
      { name: 'annotation', annotations: { 'metallb.io/loadBalancerIPs': '198.51.100.75' }, gets: '198.51.100.75' },
      {
        name: 'former',
        annotations: { 'metallb.universe.tf/loadBalancerIPs': '198.51.100.76' },
        gets: '198.51.100.76',
      },
      { name: 'field', spec: { loadBalancerIP: '198.51.100.77' }, gets: '198.51.100.77' },
      { name: 'outside', annotations: { 'metallb.io/loadBalancerIPs': '198.51.100.7' }, gets: 'AddressOutsidePools' },
      { name: 'taken', annotations: { 'metallb.io/loadBalancerIPs': '198.51.100.75' }, gets: 'AddressTaken' },
      { name: 'nonsense', annotations: { 'metallb.io/loadBalancerIPs': 'router' }, gets: 'AddressInvalid' },
    ],
  },
  {
    title: 'Services with the same sharing key and other ports share an address',
    pools: { shared: of('198.51.100.80-198.51.100.89') },
    services: [
      { name: 'dns', annotations: { 'metallb.io/allow-shared-ip': 'key' }, gets: '198.51.100.80' },
      {
        name: 'web',
        annotations: { 'metallb.universe.tf/allow-shared-ip': 'key' },
        spec: { ports: [{ port: 81 }] },
        gets: '198.51.100.80',
      },
      { name: 'same-port', annotations: { 'metallb.io/allow-shared-ip': 'key' }, gets: '198.51.100.81' },
      { name: 'keyless', spec: { ports: [{ port: 82 }] }, gets: '198.51.100.82' },
    ],
  },
];

const dual = { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv4', 'IPv6'] };

/** Where Services have both families. */
export const dualStackScenarios: readonly Scenario[] = [
  {
    title: 'a Service of both families has an address of each, those that it asks for',
    pools: { both: of('198.51.100.90-198.51.100.99', '2001:db8:90::/124') },
    services: [
      { name: 'any', spec: dual, gets: '198.51.100.90,2001:db8:90::', from: 'both' },
      {
        name: 'asks',
        spec: dual,
        annotations: { 'metallb.io/loadBalancerIPs': '198.51.100.95,2001:db8:90::5' },
        gets: '198.51.100.95,2001:db8:90::5',
      },
    ],
  },
];
