/** How many groups one Eip may have: its share of the virtual router IDs, as far as those are free. */
import type { Family } from '../ip/address.js';
import type { Draft } from './draft.js';
import type { Surroundings } from './group.js';

export interface Budget {
  /** Whether one more group may be made, and there is an ID for it. */
  hasFree(family: Family, plan: readonly Draft[]): boolean;
  /** Whether one more group may be made, now or when an ID is free. */
  mayGrow(family: Family, plan: readonly Draft[]): boolean;
  /** Whether there are more groups than may be. */
  exceeded(family: Family, plan: readonly Draft[]): boolean;
}

export function budgetOf({ virtualRouterIds, taken, foreign, share }: Surroundings): Budget {
  const { first, last, reserved } = virtualRouterIds;
  const usable = (family: Family) => {
    const ids = new Set<number>();
    for (let id = first; id <= last; id++) {
      if (!reserved.has(id) && !foreign[family].has(id) && !taken[family].has(id)) ids.add(id);
    }
    return ids;
  };
  const ids: Record<Family, ReadonlySet<number>> = { 4: usable(4), 6: usable(6) };
  const groups = (family: Family, plan: readonly Draft[]) => plan.filter((draft) => draft.family === family);
  /** A group keeps the ID that it has although it is none of the range. */
  const isOutside = ({ family, existing }: Draft) => {
    const id = existing?.virtualRouterId;
    return id !== undefined && (id < first || id > last) && !reserved.has(id) && !foreign[family].has(id);
  };
  const mayGrow: Budget['mayGrow'] = (family, plan) =>
    share === undefined || groups(family, plan).length < share[family];
  return {
    mayGrow,
    hasFree: (family, plan) =>
      mayGrow(family, plan) && groups(family, plan).filter((draft) => !isOutside(draft)).length < ids[family].size,
    exceeded: (family, plan) => share !== undefined && groups(family, plan).length > share[family],
  };
}
