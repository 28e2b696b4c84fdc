/** What is to be in statuses and what was written to them: one record, which the functions beside it work on. */
import type { BgpConf } from '../../../api/bgp-conf.js';
import type { BgpPeer } from '../../../api/bgp-peer.js';
import type { VipGroup } from '../../../api/vip-group.js';
import type { ApiClient } from '../../../platform/kubernetes/client.js';
import type { Clock } from '../../../platform/kubernetes/clock.js';
import type { Resource } from '../../../platform/kubernetes/resource.js';
import type { BgpManager } from '../../bgp/manager.js';
import { bgpConfs, bgpPeers } from '../../sources/kubernetes-bgp.js';
import { vipGroups } from '../../sources/kubernetes-groups.js';

export interface Latest {
  readonly peer: (name: string) => BgpPeer | undefined;
  readonly conf: () => BgpConf | undefined;
  readonly group: (name: string) => VipGroup | undefined;
}

/** What is to be in the status of an object; undefined: nothing of ours. */
export interface Part {
  readonly status: object;
}

export interface BgpStatusState {
  readonly client: ApiClient;
  readonly node: string;
  readonly bgp: Pick<BgpManager, 'peers' | 'local' | 'group' | 'groupNames'>;
  readonly latest: Latest;
  readonly clock: Clock;
  /** Keys are `KIND/NAME`, as `placeOf` takes them. */
  readonly wanted: Map<string, Part>;
  /** What was written last, as JSON, and when. */
  readonly written: Map<string, { readonly text: string; readonly at: number }>;
  /** Since when something without a time of its own is as it is. */
  readonly since: Map<string, { readonly state: string; readonly at: string }>;
}

export function newBgpStatusState(o: Omit<BgpStatusState, 'wanted' | 'written' | 'since'>): BgpStatusState {
  return { ...o, wanted: new Map(), written: new Map(), since: new Map() };
}

const kinds: Readonly<Record<string, Resource>> = { peer: bgpPeers, conf: bgpConfs, group: vipGroups };

export function placeOf(key: string): { readonly kind: string; readonly resource: Resource; readonly name: string } {
  const slash = key.indexOf('/');
  const kind = key.slice(0, slash);
  return { kind, resource: kinds[kind]!, name: key.slice(slash + 1) };
}
