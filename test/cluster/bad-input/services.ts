// Owns: Services that cannot be served, or not as they ask.

const pool = (name: string) => ({ 'eip.openelb.kubesphere.io/v1alpha2': name });
const address = (text: string) => ({ 'eip.openelb.kubesphere.io/v1alpha1': text });
const key = (text: string) => ({ 'eip.openelb.kubesphere.io/sharing-key': text });

/** Eips that the cases ask; created in this order, which is that of their names. */
export const pools: Readonly<Record<string, { readonly spec: object; readonly metadata?: object }>> = {
  avoiding: { spec: { address: '198.51.100.0/24', avoidBuggyIPs: true } },
  full: { spec: { address: '192.0.2.30' } },
  lan: { spec: { address: '192.0.2.10-192.0.2.20' } },
  off: { spec: { address: '203.0.113.64/28', disable: true } },
  routed: { spec: { address: '203.0.113.0/28', protocol: 'bgp', interface: undefined } },
  six: { spec: { address: '2001:db8::/64' } },
  team: { spec: { address: '203.0.113.16/28', namespaces: ['team'] } },
  'team-labels': { spec: { address: '203.0.113.32/28', namespaceSelector: { team: 'shop' } } },
  wrong: { spec: { address: '192.0.2.20-192.0.2.10' } },
};

/** Services that are served before the cases. */
export const served: Readonly<Record<string, { readonly annotations: object; readonly spec?: object }>> = {
  web: { annotations: { ...pool('lan'), ...address('192.0.2.10') } },
  keyed: { annotations: { ...pool('lan'), ...address('192.0.2.11'), ...key('front') } },
  local: {
    annotations: { ...pool('lan'), ...address('192.0.2.12'), ...key('local') },
    spec: { externalTrafficPolicy: 'Local' },
  },
  last: { annotations: pool('full') },
};

export const cases: readonly {
  readonly claim: string;
  readonly annotations: object;
  readonly spec?: object;
  /** Made as it is first, then changed to this. */
  readonly later?: object;
}[] = [
  { claim: 'a pool that does not exist', annotations: pool('lna') },
  { claim: 'a list of pools of which one does not exist', annotations: pool('full,lna') },
  { claim: 'no pool, where none is the default', annotations: {} },
  { claim: 'a full pool', annotations: pool('full') },
  { claim: 'a disabled pool', annotations: pool('off') },
  { claim: 'an address of a disabled pool', annotations: address('203.0.113.65') },
  { claim: 'a pool whose Eip is wrong', annotations: pool('wrong') },
  { claim: 'a pool of other namespaces', annotations: pool('team') },
  { claim: 'an address of a pool of other namespaces', annotations: address('203.0.113.17') },
  { claim: 'a pool of namespaces with other labels', annotations: pool('team-labels') },
  { claim: 'a pool without its family', annotations: pool('six') },
  { claim: 'an address of the other family', annotations: address('2001:db8::5') },
  { claim: 'a word in place of an address', annotations: address('ten') },
  { claim: 'an address with a prefix length', annotations: address('192.0.2.15/32') },
  { claim: 'an address with a leading zero', annotations: address('192.0.2.015') },
  { claim: 'an address outside every pool', annotations: address('192.0.2.99') },
  {
    claim: 'an address outside every pool, by loadBalancerIP',
    annotations: {},
    spec: { loadBalancerIP: '192.0.2.99' },
  },
  { claim: 'an address outside the named pool', annotations: { ...pool('full'), ...address('192.0.2.15') } },
  { claim: 'an address that its pool leaves out', annotations: address('198.51.100.255') },
  { claim: 'two addresses of one family, one of which no pool holds', annotations: address('192.0.2.15,192.0.2.99') },
  {
    claim: 'the address of another Service, without its consent',
    annotations: address('192.0.2.30'),
    spec: { ports: [{ port: 443 }] },
  },
  { claim: 'the address and a port of another Service', annotations: address('192.0.2.10') },
  { claim: 'the key and a port of another Service', annotations: { ...address('192.0.2.11'), ...key('front') } },
  {
    claim: 'to share with a Service of policy Local',
    annotations: { ...address('192.0.2.12'), ...key('local') },
    spec: { ports: [{ port: 443 }] },
  },
  { claim: 'a pool that no node may announce', annotations: pool('routed') },
  { claim: 'another pool, which is full, while it has an address', annotations: pool('lan'), later: pool('full') },
  { claim: 'a pool that does not exist, while it has an address', annotations: pool('lan'), later: pool('lna') },
  { claim: 'an address that is taken, while it has one', annotations: pool('lan'), later: address('192.0.2.11') },
];
