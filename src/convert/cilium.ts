/** Cilium's LB-IPAM, L2 announcements and BGP. Its other kinds are no load balancer's. */
import { convertCiliumBgp, isRoutedByCilium } from './cilium-bgp.js';
import { convertCiliumPools } from './cilium-pools.js';
import { type Choices, type Converted, type Document, remark } from './document.js';

const kinds = [
  'CiliumLoadBalancerIPPool',
  'CiliumL2AnnouncementPolicy',
  'CiliumBGPClusterConfig',
  'CiliumBGPPeerConfig',
  'CiliumBGPAdvertisement',
  'CiliumBGPNodeConfigOverride',
  'CiliumBGPPeeringPolicy',
];

/** Written by its programs, for each node. */
const written = ['CiliumBGPNodeConfig'];

export function isCilium({ apiVersion, kind }: Document): boolean {
  return apiVersion.startsWith('cilium.io/') && (kinds.includes(kind) || written.includes(kind));
}

/** @param documents those of Cilium: see `isCilium` */
export function convertCilium(documents: readonly Document[], choices: Choices): Converted {
  const pools = convertCiliumPools(documents, choices, isRoutedByCilium(documents));
  const bgp = convertCiliumBgp(documents);
  const byPrograms = documents.filter(({ kind }) => written.includes(kind));
  return {
    manifests: [...pools.manifests, ...bgp.manifests],
    remarks: [...pools.remarks, ...bgp.remarks],
    notes: [
      ...(pools.notes ?? []),
      ...byPrograms.map((each) => remark(each, '', 'is what Cilium says of itself: left out')),
    ],
  };
}
