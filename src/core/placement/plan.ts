/**
 * The groups of one Eip, from its addresses, the eligible nodes and the groups there are: what is placed stays placed.
 * Deterministic and idempotent: planning again with the result as `existing` gives the result.
 */
import { compareIp, type Family } from '../ip/address.js';
import { budgetOf } from './budget.js';
import { distribute } from './distribute.js';
import type { Draft } from './draft.js';
import {
  countMembers,
  type Demand,
  type Group,
  membershipsIn,
  type Plan,
  type Surroundings,
  weightOf,
} from './group.js';
import { electPreferred } from './leaders.js';
import { membersOf } from './members.js';
import { ranked } from './priorities.js';
import { pickVirtualRouterId } from './virtual-router-ids.js';

export function plan(demand: Demand, surroundings: Surroundings): Plan {
  const existing = [...demand.existing].sort((a, b) => byName(a.name, b.name));
  const ordered: Demand = { ...demand, existing };
  const { drafts, unplaced, short } = distribute(ordered, budgetOf(surroundings), surroundings.leading);
  const { ids, stuck } = assignVirtualRouterIds(drafts, withOwn(existing, surroundings));
  const placed = drafts
    .filter((draft) => ids.has(draft.name))
    .map((draft) => ({ draft, nodes: nodesOf(draft, demand) }));
  const before = placed.flatMap(({ draft }) => draft.existing ?? []);
  const memberships = membershipsIn(before, surroundings.memberships);
  const preferred = electPreferred(
    placed.map(({ draft, nodes }) => ({
      group: draft.name,
      weight: weightOf(draft),
      candidates: nodes,
      before: draft.existing?.members.map(({ node }) => node) ?? [],
      ...(demand.wish?.group === draft.name ? { wish: demand.wish.node } : {}),
    })),
    surroundings.leading,
    memberships,
  );
  const groups = placed.map(({ draft, nodes }): Group => {
    countMembers(memberships, draft.existing?.members ?? [], -1);
    const names = membersOf({
      group: draft.name,
      leader: preferred.get(draft.name),
      nodes,
      before: draft.existing?.members.map(({ node }) => node) ?? [],
      holder: demand.holders?.get(draft.name),
      lastResorts: demand.lastResorts ?? new Set(),
      limit: demand.members,
      memberships,
    });
    const members = ranked(names);
    countMembers(memberships, members, 1);
    return {
      name: draft.name,
      family: draft.family,
      addresses: draft.addresses.map(({ address }) => address).sort(compareIp),
      virtualRouterId: ids.get(draft.name)!,
      members,
    };
  });
  const lost = drafts.filter((draft) => !ids.has(draft.name)).flatMap(({ addresses }) => addresses);
  const unserved = lost.filter(({ nodes }) => nodes?.size !== 0).map(({ address }) => address);
  return { groups, unplaced: [...unplaced, ...unserved], stuck, short: short || stuck.length > 0 };
}

function nodesOf({ nodes }: Draft, demand: Demand): readonly string[] {
  return nodes === undefined ? demand.nodes : demand.nodes.filter((node) => nodes.has(node));
}

/** An ID that a group of the Eip has, or has had until just now, is not to be that of another at once. */
function withOwn(existing: readonly Group[], surroundings: Surroundings): Surroundings {
  const of = (family: Family) => {
    const own = existing.filter((group) => group.family === family);
    const ids = own.flatMap(({ virtualRouterId: id, name }) => (id === undefined ? [] : [[id, name] as const]));
    return new Map([...(surroundings.resting?.[family] ?? []), ...ids]);
  };
  return { ...surroundings, resting: { 4: of(4), 6: of(6) } };
}

/**
 * An ID is given once and stays; of two groups that have the same one, the first by name keeps it. One that is reserved, or that
 * others use, is left as soon as there is another.
 */
function assignVirtualRouterIds(
  drafts: readonly Draft[],
  { virtualRouterIds, taken, foreign, resting, salt }: Surroundings,
): { readonly ids: ReadonlyMap<string, number>; readonly stuck: readonly string[] } {
  const ids = new Map<string, number>();
  const stuck: string[] = [];
  const isBarred = (family: Family, id: number) => foreign[family].has(id) || virtualRouterIds.reserved.has(id);
  const own: Record<Family, Set<number>> = { 4: new Set(), 6: new Set() };
  for (const { name, family, existing } of drafts) {
    const id = existing?.virtualRouterId;
    if (id === undefined || own[family].has(id)) continue;
    const rival = taken[family].get(id);
    if ((rival !== undefined && byName(rival, name) < 0) || isBarred(family, id)) continue;
    ids.set(name, id);
    own[family].add(id);
  }
  for (const { name, family, existing } of drafts) {
    if (ids.has(name)) continue;
    const isTaken = (id: number) => own[family].has(id) || taken[family].has(id) || foreign[family].has(id);
    const former = existing?.virtualRouterId;
    const stays = former !== undefined && isBarred(family, former) ? former : undefined;
    const rests = (id: number) => isTaken(id) || (resting?.[family].get(id) ?? name) !== name;
    const seed = `${salt}\n${family}\n${name}`;
    const picked =
      pickVirtualRouterId(virtualRouterIds, rests, seed) ?? pickVirtualRouterId(virtualRouterIds, isTaken, seed);
    const id = picked ?? stays;
    if (id === undefined || own[family].has(id)) continue;
    if (picked === undefined) stuck.push(name);
    ids.set(name, id);
    own[family].add(id);
  }
  return { ids, stuck };
}

/** `pool-2` before `pool-10`. */
function byName(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
