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
  readonly labels?: Readonly<Record<string, string>>;
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
    title:
      'of pools that say nothing but their rank the one with the smallest number gives first, before those without',
    pools: {
      plain: of('198.51.100.101/32'),
      second: { addresses: ['198.51.100.102/32'], serviceAllocation: { priority: 20 } },
      first: { addresses: ['198.51.100.103/32'], serviceAllocation: { priority: 10 } },
      tenants: { addresses: ['198.51.100.104/32'], serviceAllocation: { priority: 15, namespaces: ['tenant'] } },
    },
    services: [
      { name: 'one', namespace: 'tenant', gets: '198.51.100.103', from: 'first' },
      { name: 'two', namespace: 'tenant', gets: '198.51.100.104', from: 'tenants' },
      { name: 'three', namespace: 'tenant', gets: '198.51.100.102', from: 'second' },
      { name: 'four', gets: '198.51.100.101', from: 'plain' },
    ],
  },
  {
    title: 'a pool for Services with certain labels serves those, before others, and refuses who has other labels',
    pools: {
      plain: of('198.51.100.111/32'),
      chosen: {
        addresses: ['198.51.100.112-198.51.100.114'],
        serviceAllocation: {
          serviceSelectors: [
            { matchLabels: { tier: 'edge' } },
            { matchExpressions: [{ key: 'app', operator: 'In', values: ['bar', 'baz'] }] },
          ],
        },
      },
    },
    services: [
      { name: 'one', labels: { tier: 'edge' }, gets: '198.51.100.112', from: 'chosen' },
      { name: 'two', labels: { app: 'baz', more: 'x' }, gets: '198.51.100.113', from: 'chosen' },
      { name: 'three', labels: { app: 'foo' }, gets: '198.51.100.111', from: 'plain' },
      { name: 'asks', annotations: { 'metallb.io/address-pool': 'chosen' }, gets: 'ServiceNotSelected' },
      { name: 'address', annotations: { 'metallb.io/loadBalancerIPs': '198.51.100.114' }, gets: 'ServiceNotSelected' },
    ],
  },
  {
    title: 'a pool for labels of Services and for namespaces serves where both are right',
    pools: {
      both: {
        addresses: ['198.51.100.121/32'],
        serviceAllocation: { namespaces: ['tenant'], serviceSelectors: [{ matchLabels: { app: 'bar' } }] },
      },
    },
    services: [
      { name: 'elsewhere', labels: { app: 'bar' }, gets: 'NoPool' },
      { name: 'other', namespace: 'tenant', labels: { app: 'foo' }, gets: 'NoPool' },
      { name: 'right', namespace: 'tenant', labels: { app: 'bar' }, gets: '198.51.100.121', from: 'both' },
    ],
  },
  {
    title: 'a pool for namespaces that is not assigned automatically is for those in them who name it',
    pools: {
      held: { addresses: ['198.51.100.123/32'], autoAssign: false, serviceAllocation: { namespaces: ['tenant'] } },
    },
    services: [
      { name: 'silent', namespace: 'tenant', gets: 'NoPool' },
      { name: 'stranger', annotations: { 'metallb.io/address-pool': 'held' }, gets: 'NamespaceNotAllowed' },
      { name: 'asks', namespace: 'tenant', annotations: { 'metallb.io/address-pool': 'held' }, gets: '198.51.100.123' },
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
  {
    title:
      'an address that is asked for without naming its pool is given, also of one that is not assigned automatically',
    pools: {
      other: of('198.51.100.201/32'),
      unassigned: { addresses: ['198.51.100.202-198.51.100.203'], autoAssign: false },
    },
    services: [
      {
        name: 'one',
        annotations: { 'metallb.io/loadBalancerIPs': '198.51.100.202' },
        gets: '198.51.100.202',
        from: 'unassigned',
      },
      {
        name: 'elsewhere',
        annotations: { 'metallb.io/loadBalancerIPs': '198.51.100.203', 'metallb.io/address-pool': 'other' },
        gets: 'AddressOutsidePools',
      },
    ],
  },
  {
    title: 'an address that the pool leaves out is not given to who asks for it',
    pools: { careful: { addresses: ['198.51.101.0/31'], avoidBuggyIPs: true } },
    services: [
      { name: 'asks', annotations: { 'metallb.io/loadBalancerIPs': '198.51.101.0' }, gets: 'AddressAvoided' },
      { name: 'any', gets: '198.51.101.1' },
    ],
  },
  {
    title: 'Services of two namespaces share an address by their key, and TCP and UDP of one port',
    pools: { shared: of('198.51.100.205-198.51.100.206') },
    services: [
      { name: 'tcp', annotations: { 'metallb.io/allow-shared-ip': 'dns' }, gets: '198.51.100.205' },
      {
        name: 'udp',
        namespace: 'tenant',
        annotations: { 'metallb.io/allow-shared-ip': 'dns' },
        spec: { ports: [{ port: 80, protocol: 'UDP' }] },
        gets: '198.51.100.205',
      },
      {
        name: 'local',
        annotations: { 'metallb.io/allow-shared-ip': 'dns' },
        spec: { ports: [{ port: 90 }], externalTrafficPolicy: 'Local' },
        gets: '198.51.100.206',
      },
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
      {
        name: 'asks-one',
        spec: dual,
        annotations: { 'metallb.universe.tf/loadBalancerIPs': '2001:db8:90::9' },
        gets: '198.51.100.91,2001:db8:90::9',
      },
      {
        name: 'other-family',
        annotations: { 'metallb.io/loadBalancerIPs': '2001:db8:90::a' },
        gets: 'AddressInvalid',
      },
    ],
  },
];

/** What happens after one another, and what each Service has then: an address, or the reason why it waits. */
export interface Story {
  readonly title: string;
  readonly steps: readonly Step[];
}

export interface Step {
  /** Pools that are applied, each with its L2Advertisement. */
  readonly pools?: Readonly<Record<string, object>>;
  readonly gonePools?: readonly string[];
  readonly created?: readonly Omit<Asked, 'gets'>[];
  /** Merge patches (RFC 7386), by name. */
  readonly changed?: Readonly<Record<string, object>>;
  readonly gone?: readonly string[];
  readonly have: Readonly<Record<string, string>>;
}

const labelled = (labels: Readonly<Record<string, string>>) => ({ metadata: { labels } });
const annotated = (annotations: Readonly<Record<string, string>>) => ({ metadata: { annotations } });
const only = (address: string, more: object = {}) => ({ addresses: [`${address}/32`], ...more });

export const stories: readonly Story[] = [
  {
    title: 'an address of a Service that is deleted goes to who waits for one',
    steps: [
      {
        pools: { one: only('198.51.100.131') },
        created: [{ name: 'has' }],
        have: { has: '198.51.100.131' },
      },
      { created: [{ name: 'waits' }], have: { waits: 'PoolFull' } },
      { gone: ['has'], have: { waits: '198.51.100.131' } },
    ],
  },
  {
    title: 'an address of a Service that becomes a ClusterIP goes to who waits for one',
    steps: [
      { pools: { one: only('198.51.100.133') }, created: [{ name: 'inner' }], have: { inner: '198.51.100.133' } },
      { created: [{ name: 'waits' }], have: { waits: 'PoolFull' } },
      {
        changed: { inner: { spec: { type: 'ClusterIP', ports: [{ port: 80, nodePort: null }] } } },
        have: { waits: '198.51.100.133' },
      },
      { gone: ['inner'], have: {} },
    ],
  },
  {
    title: 'who waits gets an address when a pool comes, and another when a pool grows',
    steps: [
      { created: [{ name: 'first' }, { name: 'second' }], have: { first: 'NoPool', second: 'NoPool' } },
      { pools: { late: only('198.51.100.135') }, have: { first: '198.51.100.135', second: 'PoolFull' } },
      {
        pools: { late: of('198.51.100.135-198.51.100.136') },
        have: { first: '198.51.100.135', second: '198.51.100.136' },
      },
    ],
  },
  {
    title: 'a Service keeps its address when its pool goes, and gets that of another only when it is made anew',
    steps: [
      { pools: { going: only('198.51.100.137') }, created: [{ name: 'stays' }], have: { stays: '198.51.100.137' } },
      { pools: { other: only('198.51.100.138') }, gonePools: ['going'], have: { stays: '198.51.100.137' } },
      { gone: ['stays'], created: [{ name: 'again' }], have: { again: '198.51.100.138' } },
    ],
  },
  {
    title: 'who shares an address and takes a port that the other has leaves it to the one that was there first',
    steps: [
      {
        pools: { shared: of('198.51.100.141-198.51.100.142') },
        created: [{ name: 'elder', annotations: { 'metallb.io/allow-shared-ip': 'k' } }],
        have: { elder: '198.51.100.141' },
      },
      {
        created: [
          { name: 'younger', annotations: { 'metallb.io/allow-shared-ip': 'k' }, spec: { ports: [{ port: 81 }] } },
        ],
        have: { younger: '198.51.100.141' },
      },
      {
        changed: { younger: { metadata: { annotations: { 'metallb.io/allow-shared-ip': null } } } },
        have: { elder: '198.51.100.141', younger: '198.51.100.142' },
      },
    ],
  },
  {
    title: 'who waits for want of a label gets an address when it has it, also of a pool that came after the Service',
    steps: [
      {
        created: [{ name: 'bare' }, { name: 'chosen', labels: { app: 'bar' } }],
        have: { bare: 'NoPool', chosen: 'NoPool' },
      },
      {
        pools: {
          labelled: {
            addresses: ['198.51.100.143-198.51.100.144'],
            serviceAllocation: { serviceSelectors: [{ matchLabels: { app: 'bar' } }] },
          },
        },
        have: { chosen: '198.51.100.143', bare: 'NoPool' },
      },
      { changed: { bare: labelled({ app: 'bar' }) }, have: { bare: '198.51.100.144' } },
      { changed: { bare: labelled({ app: 'foo' }) }, have: { bare: '198.51.100.144' } },
    ],
  },
  {
    title: 'who names another pool gets an address of it, and keeps what it has while that has none',
    steps: [
      {
        pools: { one: only('198.51.100.207'), two: only('198.51.100.208', { autoAssign: false }) },
        created: [{ name: 'moves', annotations: { 'metallb.universe.tf/address-pool': 'one' } }],
        have: { moves: '198.51.100.207' },
      },
      { changed: { moves: annotated({ 'metallb.io/address-pool': 'two' }) }, have: { moves: '198.51.100.208' } },
      { created: [{ name: 'holds' }], have: { holds: '198.51.100.207' } },
      { changed: { moves: annotated({ 'metallb.io/address-pool': 'one' }) }, have: { moves: 'PoolFull' } },
      { have: { moves: '198.51.100.208' } },
      { gone: ['holds'], have: { moves: '198.51.100.207' } },
    ],
  },
  {
    title: 'who asks for another address gets it, in either spelling, and keeps what it has while that is taken',
    steps: [
      {
        pools: { asked: of('198.51.100.209-198.51.100.212') },
        created: [{ name: 'asks' }, { name: 'has' }],
        have: { asks: '198.51.100.209', has: '198.51.100.210' },
      },
      {
        changed: { asks: annotated({ 'metallb.universe.tf/loadBalancerIPs': '198.51.100.212' }) },
        have: { asks: '198.51.100.212' },
      },
      {
        changed: { asks: annotated({ 'metallb.io/loadBalancerIPs': '198.51.100.210' }) },
        have: { asks: 'AddressTaken' },
      },
      { have: { asks: '198.51.100.212' } },
      { gone: ['has'], have: { asks: '198.51.100.210' } },
    ],
  },
  {
    title: 'who would rather have both families has the one that there is, and the other when its pool gets it',
    steps: [
      {
        pools: { growing: only('198.51.100.145') },
        created: [{ name: 'prefers', spec: { ...dual, ipFamilyPolicy: 'PreferDualStack' } }],
        have: { prefers: '198.51.100.145' },
      },
      {
        pools: { growing: of('198.51.100.145/32', '2001:db8:145::5/128') },
        have: { prefers: '198.51.100.145,2001:db8:145::5' },
      },
      { pools: { growing: only('198.51.100.145') }, have: { prefers: '198.51.100.145,2001:db8:145::5' } },
    ],
  },
  {
    title: 'who would rather have both families has IPv6 where there is nothing else',
    steps: [
      {
        pools: { six: of('2001:db8:146::5/128') },
        created: [{ name: 'six', spec: { ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv6', 'IPv4'] } }],
        have: { six: '2001:db8:146::5' },
      },
    ],
  },
];
