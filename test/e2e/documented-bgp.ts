/** How others' pages have nodes and routers configured, with the lab's addresses. */
import type { Host } from '../lab/host.js';

/** OpenELB's example: the router connects, to a port that is not BGP's, and wants several paths in a session. */
export const openelb = {
  conf: { as: 50_000, listenPort: 17_900 },
  routerAs: 50_001,
  /** BIRD's configuration, in the language of BIRD 2. */
  bird: (router: Host, nodes: readonly Host[]): readonly string[] => [
    `router id ${router.address};`,
    'protocol device { }',
    'protocol kernel { scan time 60; merge paths on; ipv4 { import none; export all; }; }',
    ...nodes.flatMap(({ address }, i) => [
      `protocol bgp neighbor${i} {`,
      '  local as 50001;',
      `  neighbor ${address} port 17900 as 50000;`,
      `  source address ${router.address};`,
      '  enable route refresh off;',
      '  ipv4 { import all; export all; add paths on; };',
      '}',
    ]),
  ],
} as const;

/** MetalLB's: a pool that is announced address by address, with a community, and as a whole. */
export function metallb(router: Host, o: { readonly myAsn: number; readonly peerAsn: number }): readonly object[] {
  const metadata = (name: string) => ({ name, namespace: 'metallb-system' });
  return [
    {
      apiVersion: 'metallb.io/v1beta2',
      kind: 'BGPPeer',
      metadata: metadata('from-metallb'),
      spec: { myASN: o.myAsn, peerASN: o.peerAsn, peerAddress: router.address },
    },
    {
      apiVersion: 'metallb.io/v1beta1',
      kind: 'IPAddressPool',
      metadata: metadata('bgppool'),
      // There is another default pool already.
      spec: { addresses: ['198.51.100.0/24'], autoAssign: false },
    },
    {
      apiVersion: 'metallb.io/v1beta1',
      kind: 'BGPAdvertisement',
      metadata: metadata('local'),
      spec: { ipAddressPools: ['bgppool'], aggregationLength: 32, localPref: 100, communities: ['vpn-only'] },
    },
    {
      apiVersion: 'metallb.io/v1beta1',
      kind: 'BGPAdvertisement',
      metadata: metadata('external'),
      spec: { ipAddressPools: ['bgppool'], aggregationLength: 24 },
    },
    {
      apiVersion: 'metallb.io/v1beta1',
      kind: 'Community',
      metadata: metadata('communities'),
      spec: { communities: [{ name: 'vpn-only', value: '1234:1' }] },
    },
  ];
}
