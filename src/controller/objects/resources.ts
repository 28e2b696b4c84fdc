/** Our own kinds, as the API server knows them. */
import { group, version } from '../../api/annotations.js';
import type { Resource } from '../../platform/kubernetes/resource.js';

const ours = { group, version, namespaced: false } as const;

export const eips: Resource = { ...ours, plural: 'eips', kind: 'Eip' };
export const vipGroups: Resource = { ...ours, plural: 'vipgroups', kind: 'VipGroup' };
export const bgpConfs: Resource = { ...ours, plural: 'bgpconfs', kind: 'BgpConf' };
export const bgpPeers: Resource = { ...ours, plural: 'bgppeers', kind: 'BgpPeer' };
