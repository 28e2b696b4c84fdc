/**
 * Which addresses go together. An address that is in a group stays there; a new one goes where the fewest are. Addresses of
 * externalTrafficPolicy Local have groups of their own, since only some nodes may announce them.
 */
import { compareIp, type Family, formatIp, type IpAddress } from '../ip/address.js';
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

/** The virtual router IDs left for new groups of a family. */
export interface Budget {
  /** Whether a group that is only there to spread the load may be made. */
  ample(family: Family): boolean;
  /** Takes an ID for a new group; false when there is none. */
  take(family: Family): boolean;
}

export interface Distribution {
  readonly drafts: readonly Draft[];
  readonly unplaced: readonly IpAddress[];
}

export function distribute(demand: Demand, budget: Budget): Distribution {
  const wanted = new Map(demand.addresses.map((placed) => [formatIp(placed.address), placed]));
  const drafts = demand.existing.map((group) => keep(group, wanted)).filter((draft) => draft.addresses.length > 0);
  const nextName = namer(demand);
  const unplaced: IpAddress[] = [];
  const left = [...wanted.values()].sort((a, b) => compareIp(a.address, b.address));
  const spread = demand.spread ?? Math.max(1, Math.min(demand.nodes.length, maxSpread));
  for (const { address, onlyOn } of left) {
    const { family } = address;
    const room = drafts
      .filter((draft) => draft.family === family && sameNodes(draft.onlyOn, onlyOn))
      .filter((draft) => draft.addresses.length < maxAddresses[family]);
    const alone = onlyOn === undefined ? room.length < spread && openGroups(drafts, family) < spread : true;
    const wantsNew = room.length === 0 || (alone && budget.ample(family));
    if (wantsNew && budget.take(family)) {
      drafts.push({ name: nextName(), family, addresses: [address], ...(onlyOn === undefined ? {} : { onlyOn }) });
    } else if (room.length > 0) {
      room
        .reduce((least, draft) => (draft.addresses.length < least.addresses.length ? draft : least))
        .addresses.push(address);
    } else unplaced.push(address);
  }
  for (const draft of drafts) draft.addresses.sort(compareIp);
  return { drafts, unplaced };
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

/** How many groups any node may lead. */
function openGroups(drafts: readonly Draft[], family: Family): number {
  return drafts.filter((draft) => draft.family === family && draft.onlyOn === undefined).length;
}

function sameNodes(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((node) => b.includes(node));
}

/** Gives the names `<eip>-<n>` that no existing group has, lowest number first. */
function namer({ eip, existing }: Demand): () => string {
  const used = new Set(existing.map(({ name }) => name));
  let n = 0;
  return () => {
    while (used.has(`${eip}-${n}`)) n++;
    return `${eip}-${n++}`;
  };
}
