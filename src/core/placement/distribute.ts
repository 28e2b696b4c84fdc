/**
 * Which addresses go together. An address that is in a group stays there while it can be announced there; a new one goes where the fewest
 * are, in a large cluster together with others that are new. Groups that any node may lead are also made without addresses, so that they
 * have a leader before the first address comes. Addresses of externalTrafficPolicy Local, which only some nodes may announce, share groups
 * among each other where their nodes differ little.
 */
import { compareIp, type Family, formatIp, type IpAddress } from '../ip/address.js';
import type { Budget } from './budget.js';
import {
  admits,
  anyNode,
  type Draft,
  hasRoom,
  type Item,
  isEmpty,
  isForsaken,
  isOpen,
  isServable,
  join,
  leave,
  maxAddresses,
  newDraft,
  sort,
  welcomes,
} from './draft.js';
import { fewestFor, isSelective } from './gather.js';
import type { Demand, Group } from './group.js';
import { merge } from './merge.js';
import { common, keyOf } from './node-set.js';
import { repack } from './repack.js';

/** How many groups an Eip is spread over at most, unless it says so itself. */
const maxSpread = 16;

/** So many Local addresses of an Eip have groups of their own, which follow their endpoints without anything else moving. */
export const ownGroups = 32;

interface Means {
  readonly demand: Demand;
  readonly budget: Budget;
  readonly leading: ReadonlyMap<string, number>;
  /** How many addresses that any node may announce are new, by family. */
  readonly newcomers: Readonly<Record<Family, number>>;
  /** The groups that get them, by family. */
  readonly filling: Map<Family, readonly Draft[]>;
  readonly make: (family: Family) => Draft;
}

export interface Distribution {
  readonly drafts: readonly Draft[];
  /** Addresses without a group for want of virtual router IDs. */
  readonly unplaced: readonly IpAddress[];
  /** Fewer groups than its share, because IDs are not free yet. */
  readonly short: boolean;
}

/** @param leading what groups of other Eips weigh on the node that they prefer */
export function distribute(demand: Demand, budget: Budget, leading: ReadonlyMap<string, number>): Distribution {
  const items = itemsOf(demand);
  const wanted = new Map(items.map((item) => [formatIp(item.address), item]));
  const plan: Draft[] = demand.existing.map((group) => keep(group, wanted));
  const nextName = namer(demand);
  const make = (family: Family) => {
    const draft = newDraft(nextName(), family);
    plan.push(draft);
    return draft;
  };
  const newcomers = { 4: 0, 6: 0 };
  for (const { address, nodes } of wanted.values()) if (nodes === undefined) newcomers[address.family]++;
  const means: Means = { demand, budget, leading, newcomers, filling: new Map(), make };
  let waiting = inTurns([...wanted.values()].sort((a, b) => compareIp(a.address, b.address)));
  // What leaves a group may be at home in another that came of what left before.
  for (let turn = 0, moved = true; moved && turn < items.length + 2; turn++) {
    moved = false;
    waiting.push(...plan.flatMap((draft) => sort(draft).strays));
    const ousted: Item[] = [];
    waiting = waiting.filter((item) => {
      const home = homeOf(item, plan, means, true) ?? usurped(item, plan, ousted) ?? shelterOf(item, plan);
      if (home === undefined) return true;
      settle(home, item);
      moved = true;
      return false;
    });
    waiting.push(...ousted);
    for (const family of [4, 6] as const) {
      if (makeRoom(plan, family, budget, waiting)) moved = true;
      else if (!moved && turn > 0) {
        const packed = repack(plan, family, waiting);
        waiting = waiting.filter((item) => !packed.includes(item));
        moved ||= packed.length > 0;
      }
    }
    if (!waiting.some(isServable)) {
      for (const draft of [...plan]) {
        for (const guest of sort(draft).guests) {
          const home = homeOf(guest, plan, means, false);
          if (home === undefined) continue;
          leave(draft, guest);
          settle(home, guest);
          moved = true;
        }
      }
    }
    for (const family of [4, 6] as const) {
      if (trim(plan, family, demand, budget, waiting)) moved = true;
      const ahead = aheadOf(demand, family);
      while (count(plan, family, isOpen) < ahead && budget.hasFree(family, plan)) {
        make(family);
        moved = true;
      }
    }
  }
  const unplaced = waiting.filter(isServable).map(({ address }) => address);
  const short =
    unplaced.length > 0 ||
    ([4, 6] as const).some(
      (family) => count(plan, family, isOpen) < aheadOf(demand, family) && budget.mayGrow(family, plan),
    );
  return { drafts: plan, unplaced, short };
}

/** The addresses with the nodes that may announce them, of those that the Eip has. */
export function itemsOf({ addresses, nodes }: Pick<Demand, 'addresses' | 'nodes'>): readonly Item[] {
  const eligible = new Set(nodes);
  const sets = new Map<string, Item['nodes']>();
  return addresses.map(({ address, onlyOn }) => {
    if (onlyOn === undefined) return { address, nodes: undefined, key: anyNode };
    const allowed = new Set(onlyOn.filter((node) => eligible.has(node)));
    const key = keyOf(allowed);
    if (!sets.has(key)) sets.set(key, allowed);
    return { address, nodes: sets.get(key), key };
  });
}

/** The first address of each set of nodes before the second of any. */
function inTurns(items: readonly Item[]): Item[] {
  const turns = new Map<string, number>();
  const ordered = items.map((item) => {
    const turn = turns.get(item.key) ?? 0;
    turns.set(item.key, turn + 1);
    return { item, turn };
  });
  return ordered.sort((a, b) => a.turn - b.turn).map(({ item }) => item);
}

/** Over how many groups the addresses of a family are spread, as they come. */
export function spreadOf({ spread, nodes }: Pick<Demand, 'spread' | 'nodes'>): number {
  return spread ?? Math.max(1, Math.min(nodes.length, maxSpread));
}

/** How many groups of a family that any node may lead there are to be before addresses need them. */
export function aheadOf(demand: Demand, family: Family): number {
  return demand.nodes.length === 0 ? 0 : Math.min(spreadOf(demand), demand.room[family]);
}

/** What stays of an existing group; the addresses it keeps are taken out of `wanted`. */
function keep(group: Group, wanted: Map<string, Item>): Draft {
  const draft = newDraft(group.name, group.family, group);
  for (const address of group.addresses) {
    const item = wanted.get(formatIp(address));
    if (item === undefined || address.family !== group.family || !hasRoom(draft)) continue;
    draft.addresses.push(item);
    wanted.delete(formatIp(address));
  }
  return draft;
}

/**
 * The group where an address is at home: a new one while its kind is spread over few, else the one with the fewest addresses. One that
 * only stands by for addresses to come is given to an address that has no other.
 *
 * @param fresh it is in no group: it takes part in spreading the load
 */
function homeOf(item: Item, plan: readonly Draft[], means: Means, fresh: boolean): Draft | undefined {
  const { demand, budget, leading, make } = means;
  const { family } = item.address;
  const homes = plan.filter((draft) => draft.family === family && welcomes(draft, item));
  const room = homes.filter((draft) => hasRoom(draft));
  const few =
    item.nodes === undefined
      ? homes.length < spreadOf(demand)
      : item.nodes.size === 0 || count(plan, family, (draft) => !isOpen(draft)) < ownGroups;
  const scarce = room.length === 0 || (fresh && few);
  if (scarce && budget.hasFree(family, plan)) return make(family);
  if (room.length > 0) return fewest(fresh ? gathered(room, item, means) : room, item, leading);
  if (!isServable(item)) return undefined;
  const empty = plan.filter((draft) => draft.family === family && isEmpty(draft) && isOpen(draft));
  // A guest is announced where it is.
  return empty.length > (fresh ? 0 : 1) ? empty.at(-1) : undefined;
}

/** Of the groups with room for an address those that are to get what is new: all of them where nothing is won by having it in few. */
function gathered(
  room: readonly Draft[],
  item: Item,
  { demand, leading, newcomers, filling }: Means,
): readonly Draft[] {
  const { family } = item.address;
  if (item.nodes !== undefined || !isSelective(demand)) return room;
  if (!filling.has(family)) {
    const ordered = inOrder(room, item, leading);
    const loads = ordered.map(({ addresses }) => addresses.length);
    filling.set(family, ordered.slice(0, fewestFor(loads, newcomers[family], maxAddresses[family])));
  }
  const few = room.filter((draft) => filling.get(family)!.includes(draft));
  return few.length > 0 ? few : room;
}

/** The group of addresses that nobody may announce, which wait without one as well. */
function usurped(item: Item, plan: readonly Draft[], ousted: Item[]): Draft | undefined {
  if (!isServable(item)) return undefined;
  const forsaken = plan.filter((draft) => draft.family === item.address.family && isForsaken(draft)).at(-1);
  if (forsaken === undefined) return undefined;
  ousted.push(...forsaken.addresses.splice(0));
  sort(forsaken);
  return forsaken;
}

/** A group where an address can be announced, though from few of its nodes. */
function shelterOf(item: Item, plan: readonly Draft[]): Draft | undefined {
  const left = (draft: Draft) => common(draft.nodes, item.nodes)?.size ?? Number.POSITIVE_INFINITY;
  const shelters = plan.filter(
    (draft) =>
      draft.family === item.address.family &&
      !isEmpty(draft) &&
      hasRoom(draft) &&
      admits(draft, item) &&
      (item.nodes === undefined || !isOpen(draft)),
  );
  const last = plan.filter((draft) => draft.family === item.address.family && hasRoom(draft) && admits(draft, item));
  return (shelters.length > 0 ? shelters : last).reduce<Draft | undefined>(
    (best, draft) => (best === undefined || left(draft) > left(best) ? draft : best),
    undefined,
  );
}

function settle(draft: Draft, item: Item): void {
  join(draft, item);
  if (item.nodes !== undefined || draft.nodes !== undefined) sort(draft);
}

/** For an address that has no group, two others go together, if that leaves an ID for it. */
function makeRoom(plan: Draft[], family: Family, budget: Budget, waiting: readonly Item[]): boolean {
  const lacks = waiting.some((item) => item.address.family === family && isServable(item));
  const first = plan.findIndex((draft) => draft.family === family);
  return lacks && first >= 0 && budget.hasFree(family, plan.toSpliced(first, 1)) && merge(plan, family);
}

/**
 * Lets go of groups: those without addresses that are too many, and, while there are more than the Eip's share, first those that nobody
 * leads or needs, then those whose addresses can best go with others.
 */
function trim(plan: Draft[], family: Family, demand: Demand, budget: Budget, waiting: Item[]): boolean {
  const before = plan.length;
  const drop = (draft: Draft) => plan.splice(plan.indexOf(draft), 1);
  const last = (of: (draft: Draft) => boolean) => plan.filter((draft) => draft.family === family && of(draft)).at(-1);
  const spare = (draft: Draft) => isEmpty(draft) && isOpen(draft);
  const ahead = aheadOf(demand, family);
  for (let open = count(plan, family, isOpen); open > ahead; open--) {
    const draft = last(spare);
    if (draft === undefined) break;
    drop(draft);
  }
  let merged = false;
  while (budget.exceeded(family, plan)) {
    const useless = last(spare) ?? last(isForsaken);
    if (useless !== undefined) {
      waiting.push(...useless.addresses);
      drop(useless);
    } else if (!merge(plan, family)) break;
    else merged = true;
  }
  return merged || plan.length < before;
}

function count(plan: readonly Draft[], family: Family, of: (draft: Draft) => boolean): number {
  return plan.filter((draft) => draft.family === family && of(draft)).length;
}

/** Where the members stay as they are, then where the leader stays, then where the fewest addresses are, then whose leader has the fewest. */
function fewest(drafts: readonly Draft[], item: Item, leading: ReadonlyMap<string, number>): Draft {
  return inOrder(drafts, item, leading)[0]!;
}

function inOrder(drafts: readonly Draft[], item: Item, leading: ReadonlyMap<string, number>): readonly Draft[] {
  const leaderOf = ({ existing }: Draft) => existing?.members[0]?.node;
  const cost = (draft: Draft): readonly number[] => {
    const leader = leaderOf(draft);
    const narrower = common(draft.nodes, item.nodes)?.size !== draft.nodes?.size;
    const unseats = narrower && leader !== undefined && !item.nodes!.has(leader);
    const elsewhere = leader === undefined ? 0 : (leading.get(leader) ?? 0);
    return [unseats ? 1 : 0, narrower ? 1 : 0, draft.addresses.length, elsewhere];
  };
  const costs = new Map(drafts.map((draft) => [draft, cost(draft)]));
  return drafts.toSorted((a, b) => difference(costs.get(a)!, costs.get(b)!));
}

function difference(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at < 0 ? 0 : a[at]! - b[at]!;
}

/** Gives the names `<eip>-<n>` that no group has, lowest number first. */
function namer({ eip, existing, otherNames = new Set() }: Demand): () => string {
  const used = new Set([...existing.map(({ name }) => name), ...otherNames]);
  let n = 0;
  return () => {
    while (used.has(`${eip}-${n}`)) n++;
    return `${eip}-${n++}`;
  };
}
