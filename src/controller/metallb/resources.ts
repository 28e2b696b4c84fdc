/** MetalLB's kinds, as the API server knows them. Source: MetalLB api/v1beta1, api/v1beta2 (v0.16). */
import type { Resource } from '../../platform/kubernetes/resource.js';

export const metallbGroup = 'metallb.io';

const theirs = { group: metallbGroup, version: 'v1beta1', namespaced: true } as const;
const peers = { ...theirs, plural: 'bgppeers', kind: 'BGPPeer' } as const;

/** Each in the versions that it may be read in, the preferred one first. */
export const metallbKinds: readonly (readonly Resource[])[] = [
  [{ ...theirs, plural: 'ipaddresspools', kind: 'IPAddressPool' }],
  [{ ...theirs, plural: 'l2advertisements', kind: 'L2Advertisement' }],
  [{ ...theirs, plural: 'bgpadvertisements', kind: 'BGPAdvertisement' }],
  [{ ...peers, version: 'v1beta2' }, peers],
  [{ ...theirs, plural: 'bfdprofiles', kind: 'BFDProfile' }],
  [{ ...theirs, plural: 'communities', kind: 'Community' }],
  [{ ...theirs, plural: 'addresspools', kind: 'AddressPool' }],
];

/** What MetalLB reads its configuration from before 0.13. */
export const configMapName = 'config';
