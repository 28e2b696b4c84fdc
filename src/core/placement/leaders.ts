/**
 * Which node each group prefers as its leader: the one it preferred before, if it may still be; else the node that leads the
 * fewest. A node that is new takes over as many groups as even shares ask for, and no other preference changes.
 */
import { rankNodes } from './rendezvous.js';

export interface Candidacy {
  readonly group: string;
  /** Nodes that may lead. */
  readonly candidates: readonly string[];
  /** The members before, the preferred leader first; empty for a new group. */
  readonly before: readonly string[];
}

/**
 * @param elsewhere how many groups of other Eips a node leads: decides between nodes that lead equally many here
 * @returns the preferred leader by group; none for a group without candidates
 */
export function electPreferred(
  groups: readonly Candidacy[],
  elsewhere: ReadonlyMap<string, number>,
): ReadonlyMap<string, string> {
  const leader = new Map<string, string>();
  const load = new Map<string, number>();
  const lead = (group: string, node: string) => {
    const former = leader.get(group);
    if (former !== undefined) load.set(former, load.get(former)! - 1);
    leader.set(group, node);
    load.set(node, (load.get(node) ?? 0) + 1);
  };
  const loadOf = (node: string) => load.get(node) ?? 0;
  const lighter = (a: string, b: string) => loadOf(a) - loadOf(b) || (elsewhere.get(a) ?? 0) - (elsewhere.get(b) ?? 0);

  for (const { group, candidates, before } of groups) {
    if (before[0] !== undefined && candidates.includes(before[0])) lead(group, before[0]);
  }
  for (const { group, candidates } of groups) {
    if (leader.has(group) || candidates.length === 0) continue;
    lead(
      group,
      rankNodes(group, candidates).reduce((best, node) => (lighter(node, best) < 0 ? node : best)),
    );
  }
  // Each turn evens out a difference of two or more, so there are at most as many turns as groups.
  for (let turn = 0; turn < groups.length; turn++) {
    const step = groups
      .flatMap(({ group, candidates, before }) => {
        const from = leader.get(group);
        if (from === undefined || before.length === 0) return [];
        const newcomers = candidates.filter((node) => !before.includes(node));
        return newcomers.map((to) => ({ group, to, gain: loadOf(from) - loadOf(to) }));
      })
      .reduce((best, move) => (best === undefined || move.gain > best.gain ? move : best), noStep);
    if (step === undefined || step.gain < 2) break;
    lead(step.group, step.to);
  }
  return leader;
}

const noStep = undefined as { group: string; to: string; gain: number } | undefined;
