/** Which group has an address. */
import type { VipGroup } from '../../api/vip-group.js';

/** By address, the name of the group that got it last. */
export type GroupIndex = Map<string, string>;

export function indexGroup(
  index: GroupIndex,
  name: string,
  object: VipGroup | undefined,
  previous: VipGroup | undefined,
): void {
  const kept = new Set(object?.spec.addresses);
  for (const address of previous?.spec.addresses ?? []) {
    if (!kept.has(address) && index.get(address) === name) index.delete(address);
  }
  for (const address of kept) index.set(address, name);
}
