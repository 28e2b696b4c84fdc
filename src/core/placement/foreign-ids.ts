/**
 * Virtual router IDs that somebody else on the LAN uses, as agents find out when a group of ours has one. The group leaves it for
 * another, and no group gets it while it is remembered.
 *
 * A hostile host can claim whatever ID a group has. So a group rests between two moves, leaves only so many IDs within the time for
 * which they are remembered, and not more IDs are remembered than leave half of the range.
 */
import type { Family } from '../ip/address.js';

export interface ForeignId {
  readonly family: Family;
  /** 1 to 255. */
  readonly id: number;
  /** The group that had it. */
  readonly group: string;
  /** Where the adverts came from. */
  readonly by: string;
  /** When the group was told to leave it, in milliseconds since 1970. */
  readonly at: number;
}

/** A stranger that goes on sending adverts of a group's virtual router ID. */
export type Conflict = Omit<ForeignId, 'at'>;

/** How long an ID is remembered: after a move nobody here listens to it any more, so nobody knows when it is free again. */
export const rememberedMs = 24 * 3_600_000;
/** The least time between two moves of one group. */
export const restMs = 600_000;
/** How many IDs a group leaves within `rememberedMs`. */
export const mostMoves = 3;
/** The share of the range that may be remembered. */
const foreignShare = 0.5;

export interface Settlement {
  /** What is to be remembered from now on: the conflicts among them that are new are to be moved away from. */
  readonly known: readonly ForeignId[];
  /** Groups that stay although there is a conflict, and why. */
  readonly refused: readonly (Conflict & { readonly why: 'moved-too-often' | 'too-many-foreign' })[];
  /** When a group that must leave has rested, in milliseconds since 1970: to be asked again then. */
  readonly nextAt: number | undefined;
}

/**
 * @param before what the Eip remembers
 * @param conflicts of its groups, at most one for each
 * @param o.elsewhere how many IDs other Eips remember
 * @param o.capacity how many IDs the range has
 * @param o.now in milliseconds since 1970
 */
export function settleConflicts(
  before: readonly ForeignId[],
  conflicts: readonly Conflict[],
  o: { readonly elsewhere: Readonly<Record<Family, number>>; readonly capacity: number; readonly now: number },
): Settlement {
  // Whoever noted it may have had another clock.
  const known = before
    .map((each) => (each.at > o.now ? { ...each, at: o.now } : each))
    .filter(({ at }) => o.now < at + rememberedMs);
  const refused: Settlement['refused'][number][] = [];
  const wakeUps: number[] = [];
  for (const conflict of conflicts) {
    const { family, id, group } = conflict;
    if (known.some((each) => each.family === family && each.id === id)) continue;
    const moves = known.filter((each) => each.group === group);
    const restedAt = Math.max(...moves.map(({ at }) => at)) + restMs;
    const foreign = o.elsewhere[family] + known.filter((each) => each.family === family).length;
    if (moves.length >= mostMoves) refused.push({ ...conflict, why: 'moved-too-often' });
    else if (foreign + 1 > o.capacity * foreignShare) refused.push({ ...conflict, why: 'too-many-foreign' });
    else if (o.now < restedAt) wakeUps.push(restedAt);
    else known.push({ ...conflict, at: o.now });
  }
  return { known, refused, nextAt: wakeUps.length === 0 ? undefined : Math.min(...wakeUps) };
}

/** The IDs that a group left and that are remembered, latest first; not the one it has. */
export function formerIdsOf(
  known: readonly ForeignId[],
  group: string,
  current: number | undefined,
): readonly number[] {
  const left = known.filter((each) => each.group === group && each.id !== current);
  return left.sort((a, b) => b.at - a.at).map(({ id }) => id);
}
