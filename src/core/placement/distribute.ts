/**
 * Which addresses go together. An address that is in a group stays there; a new one goes where the fewest are. Groups that any
 * node may lead are also made without addresses, so that they have a leader before the first address comes. Addresses of
 * externalTrafficPolicy Local have groups of their own, since only some nodes may announce them.
 */
import { compareIp, type Family, formatIp, type IpAddress } from '../ip/address.js';
import type { Budget } from './budget.js';
import type { Demand, Group, PlacedAddress } from './group.js';

/** How many addresses an advert carries: 255 by its count field; 90 IPv6 ones are what fits 1500 bytes of MTU. */
export const maxAddresses: Readonly<Record<Family, number>> = { 4: 255, 6: 90 };

/** How many groups an Eip is spread over at most, unless it says so itself. */
const maxSpread = 16;

/** A group in the making. */
export interface Draft {
  readonly name: string;
  readonly family: Family;
  readonly existing?: Group;
  readonly addresses: IpAddress[];
  /** The nodes that may be members: those of all its addresses, or undefined for all nodes of the Eip. */
  readonly onlyOn?: readonly string[];
}

export interface Distribution {
  readonly drafts: readonly Draft[];
  readonly unplaced: readonly IpAddress[];
  /** Fewer groups than wanted, because virtual router IDs run short. */
  readonly short: boolean;
}

export function distribute(demand: Demand, budget: Budget): Distribution {
  const wanted = new Map(demand.addresses.map((placed) => [formatIp(placed.address), placed]));
  const drafts = withoutSpare(
    demand.existing.map((group) => keep(group, wanted)),
    demand,
    budget,
  );
  const nextName = namer(demand);
  const left = [...wanted.values()].sort((a, b) => compareIp(a.address, b.address));
  const unplaced: IpAddress[] = [];
  const open = (family: Family) => drafts.filter((draft) => isOpen(draft, family)).length;
  for (const { address, onlyOn } of left) {
    const { family } = address;
    const room = drafts.filter(
      (draft) =>
        draft.family === family && draft.addresses.length < maxAddresses[family] && sameNodes(draft.onlyOn, onlyOn),
    );
    const spreads =
      onlyOn === undefined ? open(family) < budget.limited(spreadOf(demand), family) : budget.ample(family);
    if ((room.length === 0 || spreads) && budget.take(family)) {
      drafts.push({ name: nextName(), family, addresses: [address], ...(onlyOn === undefined ? {} : { onlyOn }) });
    } else if (room.length > 0) leastLoaded(room).addresses.push(address);
    else unplaced.push(address);
  }
  let short = unplaced.length > 0;
  for (const family of [4, 6] as const) {
    const ahead = aheadOf(demand, family);
    while (open(family) < budget.limited(ahead, family) && budget.take(family)) {
      drafts.push({ name: nextName(), family, addresses: [] });
    }
    short ||= open(family) < ahead;
  }
  for (const draft of drafts) draft.addresses.sort(compareIp);
  return { drafts, unplaced, short };
}

/** Over how many groups the addresses of a family are spread, as they come. */
function spreadOf({ spread, nodes }: Demand): number {
  return spread ?? Math.max(1, Math.min(nodes.length, maxSpread));
}

/** How many groups of a family there are to be before addresses need them. */
function aheadOf(demand: Demand, family: Family): number {
  return demand.nodes.length === 0 ? 0 : Math.min(spreadOf(demand), demand.room[family]);
}

/** Lets go of empty groups that are too many, the last first; of all but one when others may need their IDs. */
function withoutSpare(drafts: readonly Draft[], demand: Demand, budget: Budget): Draft[] {
  const kept = drafts.filter(({ addresses }) => addresses.length > 0);
  const counted = new Map<Family, number>();
  for (const family of [4, 6] as const) {
    const most = Math.min(aheadOf(demand, family), budget.exhausted(family) ? 1 : Number.POSITIVE_INFINITY);
    counted.set(family, most - kept.filter((draft) => isOpen(draft, family)).length);
  }
  return drafts.filter(({ addresses, family }) => {
    if (addresses.length > 0) return true;
    const spare = counted.get(family)! - 1;
    counted.set(family, spare);
    if (spare < 0) budget.giveBack(family);
    return spare >= 0;
  });
}

/** What stays of an existing group; the addresses it keeps are taken out of `wanted`. */
function keep(group: Group, wanted: Map<string, PlacedAddress>): Draft {
  const present = group.addresses.flatMap((address) => {
    const placed = wanted.get(formatIp(address));
    return placed === undefined || address.family !== group.family ? [] : [placed];
  });
  // Addresses that any node may announce outvote Local ones, which are few and cheap to move.
  const lead = present.find(({ onlyOn }) => onlyOn === undefined) ?? present[0];
  const staying = present.filter(({ onlyOn }) => sameNodes(onlyOn, lead?.onlyOn)).slice(0, maxAddresses[group.family]);
  for (const { address } of staying) wanted.delete(formatIp(address));
  return {
    name: group.name,
    family: group.family,
    existing: group,
    addresses: staying.map(({ address }) => address),
    ...(lead?.onlyOn === undefined ? {} : { onlyOn: lead.onlyOn }),
  };
}

function leastLoaded(drafts: readonly Draft[]): Draft {
  return drafts.reduce((least, draft) => (draft.addresses.length < least.addresses.length ? draft : least));
}

/** Whether any node may lead it. */
function isOpen({ family, onlyOn }: Draft, wanted: Family): boolean {
  return family === wanted && onlyOn === undefined;
}

function sameNodes(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((node) => b.includes(node));
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
