/** The words of placement: groups of addresses, their members, and what is asked of them. */
import type { Family, IpAddress } from '../ip/address.js';

export interface Member {
  readonly node: string;
  /** 1 to 254; the highest is the preferred leader. Never equal within a group. */
  readonly priority: number;
}

export interface Group {
  /** `<eip>-<n>` */
  readonly name: string;
  readonly family: Family;
  /** In ascending order. */
  readonly addresses: readonly IpAddress[];
  /** 1 to 255; undefined only in a group that was made for another protocol. */
  readonly virtualRouterId?: number;
  /** In order of priority, highest first. */
  readonly members: readonly Member[];
}

export interface PlacedAddress {
  readonly address: IpAddress;
  /** The only nodes that may announce it (externalTrafficPolicy Local: those with a ready endpoint); undefined: any. */
  readonly onlyOn?: readonly string[];
}

/** What one Eip needs. */
export interface Demand {
  readonly eip: string;
  /** In any order, each address once. */
  readonly addresses: readonly PlacedAddress[];
  /** The nodes that may announce the Eip's addresses. */
  readonly nodes: readonly string[];
  /** How many addresses of a family the Eip has to give: more groups are not made ahead of need. */
  readonly room: Readonly<Record<Family, number>>;
  /** Over how many groups per family the addresses are spread; undefined: as many as nodes, at most 16. */
  readonly spread?: number;
  /** The groups as they are. */
  readonly existing: readonly Group[];
  /** Names that groups of other Eips have, and those made by hand. */
  readonly otherNames?: ReadonlySet<string>;
  /** A group that is to prefer this node as its leader from now on. */
  readonly wish?: { readonly group: string; readonly node: string };
  /** How many members a group has at most, 1 to `maxMembers`; undefined: `defaultMembers`. */
  readonly members?: number;
  /** Nodes that lead only when no other can. */
  readonly lastResorts?: ReadonlySet<string>;
  /** Who leads a group, as far as is known: it stays a member as long as it may. */
  readonly holders?: ReadonlyMap<string, string>;
}

/** What the other groups of the cluster leave. */
export interface Surroundings {
  readonly virtualRouterIds: VirtualRouterIdRange;
  /** Virtual router IDs of groups that may be on the same LAN, of other Eips and made by hand: by ID, the name of the group. */
  readonly taken: Readonly<Record<Family, ReadonlyMap<number, string>>>;
  /** Virtual router IDs that others on the LAN use: no group gets one, and one that has one gets another. */
  readonly foreign: Readonly<Record<Family, ReadonlySet<number>>>;
  /** How many groups the Eip may have; undefined: as many as there are IDs for. */
  readonly share?: Readonly<Record<Family, number>>;
  /** IDs that a group had until just now, with its name: some node may not have heard that it has it no more. Another takes it last. */
  readonly resting?: Readonly<Record<Family, ReadonlyMap<number, string>>>;
  /** What the groups of other Eips that prefer a node as their leader weigh. */
  readonly leading: ReadonlyMap<string, number>;
  /** How many groups of other Eips a node is a member of. */
  readonly memberships?: ReadonlyMap<string, number>;
  /** Differs from cluster to cluster, so that two on one LAN rarely choose the same virtual router ID. */
  readonly salt: string;
}

/** Of how many of the groups each node is a member. @param others of how many it is beside these */
export function membershipsIn(
  groups: Iterable<{ readonly members: readonly { readonly node: string }[] }>,
  others?: ReadonlyMap<string, number>,
): Map<string, number> {
  const counts = new Map(others);
  for (const { members } of groups) countMembers(counts, members, 1);
  return counts;
}

/** @param sign 1 where a group has these members, -1 where it has them no more */
export function countMembers(
  counts: Map<string, number>,
  members: readonly { readonly node: string }[],
  sign: 1 | -1,
): void {
  for (const { node } of members) counts.set(node, (counts.get(node) ?? 0) + sign);
}

/** What a group weighs on its leader: its addresses, and a little more than nothing without any. */
export function weightOf({ addresses }: { readonly addresses: readonly unknown[] }): number {
  return Math.max(addresses.length, 1);
}

export interface VirtualRouterIdRange {
  readonly first: number;
  readonly last: number;
  /** For others: groups that have one of these get another. */
  readonly reserved: ReadonlySet<number>;
}

export interface Plan {
  /** The groups as they should be; existing ones that are not among them are to be removed. */
  readonly groups: readonly Group[];
  /** Addresses without a group, because every virtual router ID of their family is taken. */
  readonly unplaced: readonly IpAddress[];
  /** Groups that keep a virtual router ID which is reserved or which others use, because no other is free. */
  readonly stuck: readonly string[];
  /** There are fewer groups than the Eip may have, because virtual router IDs are not free. */
  readonly short: boolean;
}
