/** The virtual router IDs that one Eip may use for its groups, so that there are always some for the next Eip. */
import type { Family } from '../ip/address.js';
import type { Group, Surroundings } from './group.js';
import { rangeCapacity } from './virtual-router-ids.js';

/** Of the virtual router IDs of a family, the share that may go to groups that only spread Local addresses. */
const localShare = 0.75;

/** Of the virtual router IDs that other Eips leave, the share that one may have for groups that only spread the load. */
const spreadShare = 0.5;

export interface Budget {
  /** Whether a group may be made for a Local address that could share one. */
  ample(family: Family): boolean;
  /** How many of the groups that are wanted for spreading the load may be there. */
  limited(groups: number, family: Family): number;
  /** Whether every ID is taken. */
  exhausted(family: Family): boolean;
  /** Takes an ID for a new group; false when there is none. */
  take(family: Family): boolean;
  /** The ID of an existing group is free again. */
  giveBack(family: Family): void;
}

/** @param existing the Eip's own groups */
export function budgetOf(existing: readonly Group[], { virtualRouterIds, taken, foreign }: Surroundings): Budget {
  const { first, last, reserved } = virtualRouterIds;
  const capacity = rangeCapacity(virtualRouterIds);
  const others = (family: Family) =>
    [...new Set([...taken[family].keys(), ...foreign[family]])].filter(
      (id) => id >= first && id <= last && !reserved.has(id),
    ).length;
  const left: Record<Family, number> = { 4: capacity - others(4), 6: capacity - others(6) };
  const free = { ...left };
  for (const { family } of existing) free[family]--;
  return {
    ample: (family) => capacity - free[family] < capacity * localShare,
    limited: (groups, family) => Math.min(groups, Math.max(1, Math.floor(left[family] * spreadShare))),
    exhausted: (family) => free[family] <= 0,
    take: (family) => {
      if (free[family] <= 0) return false;
      free[family]--;
      return true;
    },
    giveBack: (family) => {
      free[family]++;
    },
  };
}
