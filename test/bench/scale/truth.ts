/** What the API server shows of groups, and what of it is not so. */
import type { VipGroup } from '../../../src/api/vip-group.js';
import { vipGroups } from '../../../src/controller/objects/resources.js';
import { startCache } from '../../../src/platform/kubernetes/cache.js';
import type { ApiClient } from '../../../src/platform/kubernetes/client.js';
import { silentLogger } from '../../../src/platform/observability/log.js';
import { holderOf, type Lan } from './lan.js';

export interface Shown {
  readonly groups: ReadonlyMap<string, VipGroup>;
  stop(): Promise<void>;
}

/** Watches all groups. */
export async function watchShown(client: ApiClient): Promise<Shown> {
  const groups = new Map<string, VipGroup>();
  const cache = startCache<VipGroup>(client, vipGroups, {
    admit: (object) => ({ object: object as VipGroup }),
    onChange: (name, group) => {
      if (group === undefined) groups.delete(name);
      else groups.set(name, group);
    },
    log: silentLogger(),
  });
  await cache.synced;
  return { groups, stop: cache.stop };
}

/** How many groups show another holder than leads, or another state of a member than it is in. */
export function untrueGroups(shown: Shown, lan: Lan): number {
  return [...shown.groups.values()].filter(({ metadata: { name }, spec, status }) => {
    const holder = holderOf(lan, name);
    if (holder === undefined || status?.holder !== holder) return true;
    return spec.members.some(({ node }) => {
      const state = status.members?.find((each) => each.node === node)?.state ?? 'Lost';
      const isThere = lan.get(name)?.members.has(node) === true;
      return state !== (node === holder ? 'Active' : isThere ? 'Backup' : 'Lost');
    });
  }).length;
}

export function addressesShown({ groups }: Shown): number {
  return [...groups.values()].reduce((sum, { spec }) => sum + spec.addresses.length, 0);
}
