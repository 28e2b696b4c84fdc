/**
 * The groups of one Eip, from its addresses, the eligible nodes and the groups there are: what is placed stays placed.
 * Deterministic and idempotent: planning again with the result as `existing` gives the result.
 */
import type { Family } from '../ip/address.js';
import { budgetOf } from './budget.js';
import { type Draft, distribute } from './distribute.js';
import type { Demand, Group, Plan, Surroundings } from './group.js';
import { electPreferred } from './leaders.js';
import { maxMembers, ranked } from './priorities.js';
import { rankNodes } from './rendezvous.js';
import { pickVirtualRouterId } from './virtual-router-ids.js';

export function plan(demand: Demand, surroundings: Surroundings): Plan {
  const ordered: Demand = { ...demand, existing: [...demand.existing].sort((a, b) => byName(a.name, b.name)) };
  const { drafts, unplaced, short } = distribute(ordered, budgetOf(ordered.existing, surroundings));
  const { ids, stuck } = assignVirtualRouterIds(drafts, surroundings);
  const placed = drafts.filter((draft) => ids.has(draft.name));
  const preferred = electPreferred(
    placed.map((draft) => ({
      group: draft.name,
      candidates: candidatesOf(draft, demand),
      before: draft.existing?.members.map(({ node }) => node) ?? [],
      ...(demand.wish?.group === draft.name ? { wish: demand.wish.node } : {}),
    })),
    surroundings.leading,
  );
  const groups = placed.map((draft): Group => {
    const leader = preferred.get(draft.name);
    const others = rankNodes(draft.name, candidatesOf(draft, demand)).filter((node) => node !== leader);
    return {
      name: draft.name,
      family: draft.family,
      addresses: draft.addresses,
      virtualRouterId: ids.get(draft.name)!,
      members: ranked(leader === undefined ? [] : [leader, ...others]),
    };
  });
  const lost = drafts.filter((draft) => !ids.has(draft.name)).flatMap(({ addresses }) => addresses);
  return { groups, unplaced: [...unplaced, ...lost], stuck, short: short || stuck.length > 0 };
}

function candidatesOf(draft: Draft, demand: Demand): readonly string[] {
  const { onlyOn } = draft;
  const nodes = onlyOn === undefined ? demand.nodes : demand.nodes.filter((node) => onlyOn.includes(node));
  // In a cluster with more nodes than priorities, each group has its own choice of them.
  return nodes.length <= maxMembers ? nodes : rankNodes(draft.name, nodes).slice(0, maxMembers);
}

/**
 * An ID is given once and stays; of two groups that have the same one, the first by name keeps it. One that is reserved, or that
 * others use, is left as soon as there is another.
 */
function assignVirtualRouterIds(
  drafts: readonly Draft[],
  { virtualRouterIds, taken, foreign, salt }: Surroundings,
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
    const picked = pickVirtualRouterId(virtualRouterIds, isTaken, `${salt}\n${family}\n${name}`);
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
