/**
 * The groups of one Eip whose addresses routers are told of: every member announces every address, but for those that only some may. So one
 * group is enough for many addresses, and none ever moves: a route that went from one group to another would be withdrawn in between.
 * Deterministic and idempotent: planning again with the result as `existing` gives the result.
 */
import { compareIp, type Family, formatIp, type IpAddress } from '../ip/address.js';
import type { PlacedAddress } from './group.js';

export interface RoutedGroup {
  /** `<eip>-<n>` */
  readonly name: string;
  readonly family: Family;
  /** As canonical texts, in ascending order: reading and writing ten thousand of them anew takes longer than planning. */
  readonly addresses: readonly string[];
  /** Sorted. */
  readonly members: readonly string[];
  /** Addresses that only those may announce who have an endpoint of it, be that all members; sorted. */
  readonly onlyOn: ReadonlyMap<string, readonly string[]>;
}

export interface RoutedDemand {
  readonly eip: string;
  /** In any order, each address once. */
  readonly addresses: readonly PlacedAddress[];
  /** The nodes that may announce the Eip's addresses. */
  readonly nodes: readonly string[];
  /** How many addresses of a family the Eip has to give: no group is made ahead of need for none. */
  readonly room: Readonly<Record<Family, number>>;
  /** The groups as they are. */
  readonly existing: readonly Pick<RoutedGroup, 'name' | 'family' | 'addresses'>[];
  /** Names that groups of other Eips have, and those made by hand. */
  readonly otherNames: ReadonlySet<string>;
}

/**
 * How many addresses join a group. Each change of a group is read by all its members, and each member writes into its status: many small
 * groups cost as much as few large ones. A Local address changes with its Pods, so that fewer share a group.
 */
const joining = { any: 1_000, local: 32, names: 4_000 } as const;

/** How many stay, where more than may join became Local, or got more nodes: the object stays well below what etcd takes (1.5 MiB). */
const staying = { addresses: 4_000, names: 20_000 } as const;

/** How many members a group has at most. */
export const mostMembers = 1_000;

interface Draft {
  readonly name: string;
  readonly family: Family;
  readonly addresses: Placed[];
  /** How often a node is named. */
  names: number;
  /** How many of the addresses every node may announce. */
  open: number;
}

interface Placed {
  readonly address: IpAddress;
  readonly text: string;
  /** Those of the Eip's nodes that may announce it; undefined: every one. */
  readonly nodes: readonly string[] | undefined;
}

export function planRouted(demand: RoutedDemand): readonly RoutedGroup[] {
  const nodes = [...new Set(demand.nodes)].sort().slice(0, mostMembers);
  const eligible = new Set(nodes);
  const waiting = new Map(demand.addresses.map((each) => placedOf(each, eligible)).map((each) => [each.text, each]));
  const drafts = [...demand.existing].sort((a, b) => byName(a.name, b.name)).map((group) => keep(group, waiting));
  const nextName = namer(demand);
  const make = (family: Family): Draft => {
    const draft: Draft = { name: nextName(), family, addresses: [], names: 0, open: 0 };
    drafts.push(draft);
    return draft;
  };
  for (const each of [...waiting.values()].sort((a, b) => compareIp(a.address, b.address))) {
    const { family } = each.address;
    add(drafts.find((draft) => draft.family === family && takes(draft, each)) ?? make(family), each);
  }
  const groups = ([4, 6] as const).flatMap((family) => withOneAhead(drafts, family, { demand, make }));
  return groups.map((draft) => finished(draft, nodes)).sort((a, b) => byName(a.name, b.name));
}

function placedOf({ address, onlyOn }: PlacedAddress, eligible: ReadonlySet<string>): Placed {
  const nodes = onlyOn && [...new Set(onlyOn.filter((node) => eligible.has(node)))].sort();
  return { address, text: formatIp(address), nodes };
}

/** What stays of an existing group; the addresses it keeps are taken out of `waiting`. */
function keep({ name, family, addresses }: RoutedDemand['existing'][number], waiting: Map<string, Placed>): Draft {
  const draft: Draft = { name, family, addresses: [], names: 0, open: 0 };
  for (const address of addresses) {
    const placed = waiting.get(address);
    if (placed === undefined || placed.address.family !== family || draft.addresses.length >= staying.addresses)
      continue;
    if (draft.names + (placed.nodes?.length ?? 0) > staying.names) continue;
    add(draft, placed);
    waiting.delete(placed.text);
  }
  return draft;
}

function add(draft: Draft, placed: Placed): void {
  draft.addresses.push(placed);
  draft.names += placed.nodes?.length ?? 0;
  if (placed.nodes === undefined) draft.open += 1;
}

/** Local addresses have groups of their own, so that changes of their nodes do not write those of all others anew. */
function takes(draft: Draft, { nodes }: Placed): boolean {
  const count = draft.addresses.length;
  if (count === 0) return true;
  if (nodes === undefined) return draft.open > 0 && count < joining.any;
  return draft.open === 0 && count < joining.local && draft.names + nodes.length <= joining.names;
}

/** The groups of a family that have addresses, and one with room for the next address, so that it need not wait for a group to be made. */
function withOneAhead(
  drafts: readonly Draft[],
  family: Family,
  { demand, make }: { readonly demand: RoutedDemand; readonly make: (family: Family) => Draft },
): readonly Draft[] {
  const own = drafts.filter((draft) => draft.family === family);
  const used = own.filter(({ addresses }) => addresses.length > 0);
  const hasRoom = used.some(({ open, addresses }) => open > 0 && addresses.length < joining.any);
  if (hasRoom || demand.nodes.length === 0 || demand.room[family] === 0) return used;
  return [...used, own.find(({ addresses }) => addresses.length === 0) ?? make(family)];
}

function finished({ name, family, addresses, open }: Draft, nodes: readonly string[]): RoutedGroup {
  const isOpen = open > 0 || addresses.length === 0;
  const members = isOpen ? nodes : [...new Set(addresses.flatMap((each) => each.nodes ?? []))].sort();
  const limited = addresses.filter((each) => each.nodes !== undefined);
  return {
    name,
    family,
    addresses: [...addresses].sort((a, b) => compareIp(a.address, b.address)).map(({ text }) => text),
    members,
    onlyOn: new Map(limited.map((each) => [each.text, each.nodes ?? []])),
  };
}

/** Gives the names `<eip>-<n>` that no group has, lowest number first. */
function namer({ eip, existing, otherNames }: RoutedDemand): () => string {
  const used = new Set([...existing.map(({ name }) => name), ...otherNames]);
  let n = 0;
  return () => {
    while (used.has(`${eip}-${n}`)) n += 1;
    return `${eip}-${n++}`;
  };
}

/** `pool-2` before `pool-10`. */
function byName(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
