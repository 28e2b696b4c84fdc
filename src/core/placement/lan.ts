/**
 * Which groups share a LAN. A virtual router ID must be that of one group on it. LANs are known by the subnets that the nodes have on them:
 * two are different only if those are known of both, and none overlaps.
 */
import type { Family } from '../ip/address.js';
import { type IpRange, merge, overlaps } from '../ip/range.js';
import { type Claim, sharesOf } from './shares.js';

/** The subnets of a LAN, at least one; undefined: they are not known. */
export type Lan = readonly IpRange[] | undefined;

/** Whether groups on these could hear each other. */
export function mayBeOne(a: Lan, b: Lan): boolean {
  return a === undefined || b === undefined || overlaps(a, b);
}

/** Who has groups there: an Eip, or one of its parts. */
export interface Entry {
  readonly lan: Lan;
  readonly claims: Readonly<Record<Family, Claim>>;
}

/**
 * How many groups each claimant may have. Who is on an unknown LAN must get along with each one that there is.
 *
 * @param o.capacity how many IDs the range has
 * @param o.lost how many of them no Eip's group on a LAN can have, less those groups that have one which is none of the range
 */
export function sharesByLan(
  entries: readonly Entry[],
  o: { readonly capacity: number; readonly lost: (lan: Lan, family: Family) => number },
): ReadonlyMap<string, Readonly<Record<Family, number>>> {
  const unknown = entries.filter(({ lan }) => lan === undefined);
  const lans = joined(entries.filter(({ lan }) => lan !== undefined));
  const all = lans.length === 0 ? [{ lan: undefined, entries: [] }] : lans;
  const shares = new Map<string, Record<Family, number>>();
  for (const { lan, entries: own } of all) {
    const present = [...own, ...unknown];
    for (const family of [4, 6] as const) {
      const capacity = Math.max(0, o.capacity - o.lost(lan, family));
      const found = sharesOf(
        present.map(({ claims }) => claims[family]),
        capacity,
      );
      for (const [claimant, share] of found) {
        const before = shares.get(claimant) ?? { 4: Number.POSITIVE_INFINITY, 6: Number.POSITIVE_INFINITY };
        shares.set(claimant, { ...before, [family]: Math.min(before[family], share) });
      }
    }
  }
  return shares;
}

interface Segment {
  lan: readonly IpRange[];
  readonly entries: Entry[];
}

/** Those whose subnets overlap, also by way of others, are on one LAN. */
function joined(entries: readonly Entry[]): readonly Segment[] {
  let segments: Segment[] = [];
  for (const entry of entries) {
    const lan = entry.lan!;
    const [first, ...others] = segments.filter((segment) => overlaps(segment.lan, lan));
    if (first === undefined) {
      segments.push({ lan, entries: [entry] });
      continue;
    }
    first.lan = merge([...first.lan, ...others.flatMap((segment) => segment.lan), ...lan]);
    first.entries.push(...others.flatMap((segment) => segment.entries), entry);
    if (others.length > 0) segments = segments.filter((segment) => !others.includes(segment));
  }
  return segments;
}
