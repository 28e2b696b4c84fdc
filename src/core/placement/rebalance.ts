/**
 * Bringing the groups of an Eip back to their preferred leaders on request, one after the other, after evening out which nodes are
 * preferred. A pure step: what has been done so far and how the groups are now give what to do next.
 *
 * Each group is moved at most once, so it comes to an end whatever the nodes do meanwhile.
 */
import { lopsided } from './leaders.js';

/** A group as it is. */
export interface Standing {
  readonly group: string;
  /** What it weighs on its leader, > 0: how many addresses it has. Default 1. */
  readonly weight?: number;
  /** The preferred leader first. */
  readonly members: readonly string[];
  /** Who leads it, as far as is known. */
  readonly holder: string | undefined;
  /** Why members could not lead just now; those who could are not in it. */
  readonly unfit: ReadonlyMap<string, string>;
  /** Whether its leader has been asked to yield; undefined: that is not known. */
  readonly asked?: boolean;
}

export interface Progress {
  /** Only these are moved, and no preference is changed; absent: all, after evening out the preferences. */
  readonly only?: readonly string[];
  readonly moving?: Move;
  /** Groups that were moved. */
  readonly moved: readonly string[];
  /** Groups that stay where they are, and why. */
  readonly skipped: Readonly<Record<string, string>>;
}

export interface Move {
  readonly group: string;
  readonly to: string;
  /** When it began, in milliseconds since 1970. */
  readonly since: number;
}

export interface Turn {
  readonly progress: Progress;
  /** Nothing is left to do. */
  readonly finished: boolean;
  /** A move that did not come about in time. */
  readonly gaveUp?: Move;
}

export const noProgress: Progress = { moved: [], skipped: {} };

/**
 * @param standings the groups, in the order in which they are to be moved
 * @param o.elsewhere what the groups of other Eips that prefer a node weigh
 * @param o.now in milliseconds since 1970
 * @param o.patienceMs how long one group is waited for
 */
export function nextTurn(
  progress: Progress,
  standings: readonly Standing[],
  o: { readonly elsewhere: ReadonlyMap<string, number>; readonly now: number; readonly patienceMs: number },
): Turn {
  const { moving } = progress;
  if (moving === undefined) return begin(progress, standings, o);
  const standing = standings.find(({ group }) => group === moving.group);
  if (standing === undefined || !standing.members.includes(moving.to)) {
    return begin(skip(progress, moving.group, `${moving.to} is a member no more`), standings, o);
  }
  if (isHome(standing, moving.to)) {
    return begin({ ...ended(progress), moved: [...progress.moved, moving.group] }, standings, o);
  }
  // Whoever began it may have had another clock.
  if (moving.since > o.now) return { progress: { ...progress, moving: { ...moving, since: o.now } }, finished: false };
  if (o.now < moving.since + o.patienceMs) return { progress, finished: false };
  // Whoever began it may have ended before asking, and been missing for longer than one waits.
  if (standing.asked === false && !standing.unfit.has(moving.to)) {
    return { progress: { ...progress, moving: { ...moving, since: o.now } }, finished: false };
  }
  const why = standing.unfit.get(moving.to) ?? `it did not take over within ${o.patienceMs / 1000} s`;
  return { ...begin(skip(progress, moving.group, `${moving.to}: ${why}`), standings, o), gaveUp: moving };
}

function begin(before: Progress, standings: readonly Standing[], o: Parameters<typeof nextTurn>[2]): Turn {
  let progress = before;
  const isOpen = ({ group }: Standing) =>
    !progress.moved.includes(group) &&
    progress.skipped[group] === undefined &&
    (progress.only?.includes(group) ?? true);
  const start = (group: string, to: string): Turn => ({
    progress: { ...progress, moving: { group, to, since: o.now } },
    finished: false,
  });
  const shift = lopsided(
    standings.map((standing) => ({
      group: standing.group,
      weight: standing.weight ?? 1,
      leader: standing.members[0],
      candidates: isOpen(standing) ? standing.members.filter((node) => !standing.unfit.has(node)) : [],
      holder: standing.holder,
    })),
    o.elsewhere,
  );
  if (shift !== undefined && progress.only === undefined) return start(shift.group, shift.to);
  for (const standing of standings) {
    const [to] = standing.members;
    if (!isOpen(standing) || to === undefined || isHome(standing, to)) continue;
    const why = standing.holder === undefined ? 'nobody leads it' : standing.unfit.get(to);
    if (why === undefined) return start(standing.group, to);
    progress = skip(progress, standing.group, standing.holder === undefined ? why : `${to}: ${why}`);
  }
  return { progress, finished: true };
}

function isHome({ members, holder }: Standing, to: string): boolean {
  return members[0] === to && holder === to;
}

function skip(progress: Progress, group: string, why: string): Progress {
  return { ...ended(progress), skipped: { ...progress.skipped, [group]: why } };
}

function ended({ moving: _, ...progress }: Progress): Progress {
  return progress;
}
