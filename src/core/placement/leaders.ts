/**
 * Which node each group prefers as its leader: the one it preferred before, if it may still be; else the node that leads the
 * fewest. A node that is new takes over as many groups as even shares ask for, and no other preference changes.
 */
import { rankNodes } from './rendezvous.js';

export interface Candidacy {
  readonly group: string;
  /** What it weighs on its leader, > 0: how many addresses it has. */
  readonly weight: number;
  /** Nodes that may lead. */
  readonly candidates: readonly string[];
  /** The members before, the preferred leader first; empty for a new group. */
  readonly before: readonly string[];
  /** The node that it is to prefer from now on, if it may lead. */
  readonly wish?: string;
}

/**
 * Groups count before their weights, since those fill that are light.
 *
 * @param elsewhere what the groups of other Eips that a node leads weigh: decides between nodes that lead equally much here
 * @param memberships of how many groups a node is a member: decides between nodes that lead equally much in all
 * @returns the preferred leader by group; none for a group without candidates
 */
export function electPreferred(
  groups: readonly Candidacy[],
  elsewhere: ReadonlyMap<string, number>,
  memberships: ReadonlyMap<string, number>,
): ReadonlyMap<string, string> {
  const leader = new Map<string, string>();
  const load = new Map<string, number>();
  const weights = new Map<string, number>();
  const add = (node: string, sign: 1 | -1, weight: number) => {
    load.set(node, loadOf(node) + sign);
    weights.set(node, weightOf(node) + sign * weight);
  };
  const lead = (group: string, node: string, weight: number) => {
    const former = leader.get(group);
    if (former !== undefined) add(former, -1, weight);
    leader.set(group, node);
    add(node, 1, weight);
  };
  const loadOf = (node: string) => load.get(node) ?? 0;
  const weightOf = (node: string) => weights.get(node) ?? 0;
  const overall = (node: string) => weightOf(node) + (elsewhere.get(node) ?? 0);
  const lighter = (a: string, b: string) =>
    loadOf(a) - loadOf(b) ||
    weightOf(a) - weightOf(b) ||
    overall(a) - overall(b) ||
    (memberships.get(a) ?? 0) - (memberships.get(b) ?? 0);

  for (const { group, candidates, before, wish, weight } of groups) {
    const same = [wish, before[0]].find((node) => node !== undefined && candidates.includes(node));
    if (same !== undefined) lead(group, same, weight);
  }
  for (const { group, candidates, weight } of groups) {
    if (leader.has(group) || candidates.length === 0) continue;
    lead(
      group,
      rankNodes(group, candidates).reduce((best, node) => (lighter(node, best) < 0 ? node : best)),
      weight,
    );
  }
  // Each turn evens out a difference of two or more, so there are at most as many turns as groups.
  for (let turn = 0; turn < groups.length; turn++) {
    const step = groups
      .flatMap(({ group, candidates, before, wish, weight }) => {
        const from = leader.get(group);
        if (from === undefined || before.length === 0 || from === wish) return [];
        const newcomers = candidates.filter((node) => !before.includes(node));
        return newcomers.map((to) => {
          const gain = loadOf(from) - loadOf(to);
          return { group, to, weight, gain, relief: weightOf(from) - weightOf(to) };
        });
      })
      .reduce((best, move) => (best === undefined || isAbove(rankOf(move), rankOf(best)) ? move : best), noStep);
    if (step === undefined || step.gain < 2) break;
    lead(step.group, step.to, step.weight);
  }
  return leader;
}

export interface Preference {
  readonly group: string;
  /** What it weighs on its leader, > 0: how many addresses it has. */
  readonly weight: number;
  /** Who is preferred now; undefined for a group without members. */
  readonly leader: string | undefined;
  /** Nodes that may be preferred instead. */
  readonly candidates: readonly string[];
  /** Who leads now: another preference moves nobody when it is for that node. */
  readonly holder: string | undefined;
}

/**
 * The one change of preference that evens out best how much each node is to lead: first among these groups, then, where that makes no
 * difference among these, over all Eips. It is worth it when it brings two nodes closer by half of what the group weighs. Undefined when
 * none is.
 *
 * Each such change lessens the sum of squares of the loads, here or, that being no greater, in all: so there is an end to them.
 */
export function lopsided(
  groups: readonly Preference[],
  elsewhere: ReadonlyMap<string, number>,
): { readonly group: string; readonly to: string } | undefined {
  const load = new Map<string, number>();
  for (const { leader, weight } of groups) if (leader !== undefined) load.set(leader, (load.get(leader) ?? 0) + weight);
  const here = (node: string) => load.get(node) ?? 0;
  const overall = (node: string) => here(node) + (elsewhere.get(node) ?? 0);
  let best: { readonly group: string; readonly to: string; readonly rank: readonly number[] } | undefined;
  for (const { group, leader, candidates, holder, weight } of groups) {
    if (leader === undefined) continue;
    for (const to of candidates) {
      const gain = here(leader) - here(to) - weight;
      const gainOverall = overall(leader) - overall(to) - weight;
      if (gain < 0 || (gain < weight / 2 && gainOverall < weight / 2)) continue;
      const rank = [gain, gainOverall, holder === to ? 1 : 0];
      if (best === undefined || isAbove(rank, best.rank)) best = { group, to, rank };
    }
  }
  return best && { group: best.group, to: best.to };
}

function isAbove(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at >= 0 && a[at]! > b[at]!;
}

interface Step {
  readonly group: string;
  readonly to: string;
  readonly weight: number;
  readonly gain: number;
  readonly relief: number;
}

function rankOf({ gain, relief }: Step): readonly number[] {
  return [gain, relief];
}

const noStep = undefined as Step | undefined;
