/** Addresses that are nobody's to have, although a pool holds them: what they are, and how to step over them. */
import { compareIp, type Family, type IpAddress } from '../ip/address.js';
import { contains, type IpRange, intersect, merge } from '../ip/range.js';
import { capacity, type Pool } from './pool.js';

export type ExclusionKind =
  | 'never' // no host is reached at it: loopback, multicast, unspecified, link-local
  | 'node' // a Node of the cluster has it
  | 'member' // an agent says that its node has it
  | 'gateway' // an agent says that its node's routes go there
  | 'subnet' // the first or the last address of a subnet that an agent says its node is in
  | 'pods' // Pods of a Node have it
  | 'group' // a VipGroup that no Eip made announces it
  | 'service' // the cluster IP of a Service, among its externalIPs, or what another load balancer gave it
  | 'host'; // an agent has found that another host answers for it

export interface Exclusion {
  readonly range: IpRange;
  readonly kind: ExclusionKind;
  /** What it is, as in `an address of node n1`. */
  readonly what: string;
  /** `namespace/name` of the Service whose own it is: it may have it. */
  readonly owner?: string;
}

export interface Exclusions {
  readonly all: readonly Exclusion[];
  /** Sorted and disjoint. */
  readonly ranges: readonly IpRange[];
}

export const noExclusions: Exclusions = { all: [], ranges: [] };

export function exclusionsFrom(all: readonly Exclusion[]): Exclusions {
  return { all, ranges: merge(all.map(({ range }) => range)) };
}

/** Why `address` is nobody's to have; of several reasons the gravest, in the order of `ExclusionKind`. */
export function exclusionOf({ all, ranges }: Exclusions, address: IpAddress, owner?: string): Exclusion | undefined {
  if (rangeAround(ranges, address) === undefined) return undefined;
  let found: Exclusion | undefined;
  for (const each of all) {
    if (!contains([each.range], address) || (owner !== undefined && each.owner === owner)) continue;
    if (found === undefined || byGravity(each, found) < 0) found = each;
  }
  return found;
}

/** Whether an address that a Service has all the same must not be announced: a node, or everybody, would lose it. */
export function isUnannounceable(kind: ExclusionKind | undefined): boolean {
  return kind === 'never' || kind === 'node';
}

/** The lowest number at or above `from` that is not left out. */
export function nextUsable({ ranges }: Exclusions, family: Family, from: bigint): bigint {
  const range = rangeAround(ranges, { family, value: from });
  return range === undefined ? from : range.last + 1n;
}

/** How many addresses that the pool could give out otherwise are left out. */
export function leftOut(pool: Pool, { ranges }: Exclusions): bigint {
  return capacity({ ...pool, ranges: intersect(pool.ranges, ranges) });
}

/** What of the pool is left out, with what it is; in ascending order, at most `limit` ranges. */
export function exclusionsIn(pool: Pool, { all }: Exclusions, limit: number): readonly Exclusion[] {
  const within = all
    .filter(touches(pool))
    .flatMap((each) => intersect(pool.ranges, [each.range]).map((range) => ({ ...each, range })));
  within.sort((a, b) => compareIp(firstOf(a), firstOf(b)) || byGravity(a, b));
  return within.slice(0, limit);
}

/** Cheap, for there may be thousands, of which few lie in one pool. */
function touches({ ranges }: Pool): (exclusion: Exclusion) => boolean {
  return ({ range: { family, first, last } }) =>
    ranges.some((each) => each.family === family && each.first <= last && first <= each.last);
}

/** Of two that are as grave, the same goes first in whatever order they came to be known. */
function byGravity(a: Exclusion, b: Exclusion): number {
  return gravity[a.kind] - gravity[b.kind] || (a.what < b.what ? -1 : a.what === b.what ? 0 : 1);
}

function firstOf({ range: { family, first } }: Exclusion): IpAddress {
  return { family, value: first };
}

const gravity: Readonly<Record<ExclusionKind, number>> = {
  never: 0,
  node: 1,
  member: 2,
  gateway: 3,
  subnet: 4,
  pods: 5,
  group: 6,
  service: 7,
  host: 8,
};

/** The range that holds an address, among sorted and disjoint ones. */
function rangeAround(ranges: readonly IpRange[], address: IpAddress): IpRange | undefined {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const { family, last } = ranges[middle]!;
    if (compareIp({ family, value: last }, address) < 0) low = middle + 1;
    else high = middle;
  }
  const range = ranges[low];
  return range !== undefined && contains([range], address) ? range : undefined;
}
