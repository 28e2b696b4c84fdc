/**
 * Who has which virtual router ID, and how many each Eip may have: of all Eips, as far as they have been looked at. IDs count from when they
 * are decided, not only once they are written: two Eips that are looked at together never choose the same.
 */
import type { Family } from '../../core/ip/address.js';
import { formatRange } from '../../core/ip/range.js';
import { claimsOfGroups } from '../../core/placement/claim.js';
import type { Group, VirtualRouterIdRange } from '../../core/placement/group.js';
import { type Entry, type Lan, mayBeOne, sharesByLan } from '../../core/placement/lan.js';
import type { Claim } from '../../core/placement/shares.js';
import { rangeCapacity } from '../../core/placement/virtual-router-ids.js';

type Share = Readonly<Record<Family, number>>;

export interface IdAllocation {
  /** What each Eip claims, for each of its parts. */
  readonly entries: Map<string, readonly Entry[]>;
  /** What was last decided of each Eip's groups, for each of its parts. */
  readonly decided: Map<string, readonly Decided[]>;
  /** The shares as each claimant last knew its own. */
  readonly shares: Map<string, Share>;
  /** Who let go of an ID, and when, in milliseconds on the monotonic clock; by family and ID. */
  readonly freed: Map<string, { readonly group: string; readonly at: number }>;
}

/** The groups of an Eip, or of one of its parts, and where they are. */
export interface Decided {
  readonly lan: Lan;
  readonly groups: readonly Group[];
}

/** A group that is there, of whichever Eip. */
export interface Present {
  readonly name: string;
  readonly virtualRouterId: number | undefined;
  /** Its family; undefined: it does not say. */
  readonly family: Family | undefined;
  readonly eip: string | undefined;
  readonly lan: Lan;
  /** Whether it has addresses. */
  readonly serves: boolean;
}

/** For how long an ID rests, in milliseconds, so that every node has heard that a group has it no more. */
const restMs = 10_000;

export function newIdAllocation(): IdAllocation {
  return { entries: new Map(), decided: new Map(), shares: new Map(), freed: new Map() };
}

/**
 * What other groups leave on the LAN of an Eip, or of one of its parts.
 *
 * @param own.existing the names of its groups
 * @param own.parts what has just been decided of the Eip's other parts
 * @param present every group that there is
 */
export function takenAround(
  allocation: IdAllocation,
  own: {
    readonly eip: string;
    readonly lan: Lan;
    readonly existing: ReadonlySet<string>;
    readonly parts: readonly Decided[];
  },
  present: readonly Present[],
): Record<Family, Map<number, string>> {
  const taken: Record<Family, Map<number, string>> = { 4: new Map(), 6: new Map() };
  const take = ({ name, virtualRouterId }: Pick<Group, 'name' | 'virtualRouterId'>, family: Family | undefined) => {
    for (const each of family === undefined ? ([4, 6] as const) : [family]) {
      if (virtualRouterId !== undefined) taken[each].set(virtualRouterId, name);
    }
  };
  const others = [...allocation.decided].flatMap(([eip, parts]) => (eip === own.eip ? [] : parts));
  for (const { lan, groups } of [...others, ...own.parts]) {
    if (mayBeOne(own.lan, lan)) for (const group of groups) take(group, group.family);
  }
  for (const { name, virtualRouterId, family, lan } of present) {
    if (virtualRouterId === undefined || own.existing.has(name) || !mayBeOne(own.lan, lan)) continue;
    take({ name, virtualRouterId }, family);
  }
  return taken;
}

interface Around {
  readonly range: VirtualRouterIdRange;
  /** Every group that there is: of Eips that were not looked at yet, it is what they keep. */
  readonly present: readonly Present[];
  /** IDs that others use on a LAN. */
  readonly foreign: (lan: Lan) => Readonly<Record<Family, ReadonlySet<number>>>;
}

/**
 * Takes note of what an Eip claims.
 *
 * @param own for each of its parts
 * @returns all shares by claimant, and the Eips whose share is another than they know
 */
export function claim(
  allocation: IdAllocation,
  eip: string,
  own: readonly Entry[],
  o: Around,
): { readonly shares: ReadonlyMap<string, Share>; readonly others: readonly string[] } {
  forgetShares(allocation, eip);
  allocation.entries.set(eip, own);
  const estimates = estimatesOf(o.present.filter((each) => !allocation.entries.has(each.eip ?? '')));
  const shares = sharesByLan([...[...allocation.entries.values()].flat(), ...estimates], {
    capacity: rangeCapacity(o.range),
    lost: (lan, family) => lost(o, lan, family).size - beyond(o, lan, family),
  });
  for (const { claimant } of own.map(claimOf)) allocation.shares.set(claimant, shares.get(claimant)!);
  const isNew = ({ claimant }: Claim) => {
    const [known, now] = [allocation.shares.get(claimant), shares.get(claimant)!];
    return known === undefined || known[4] !== now[4] || known[6] !== now[6];
  };
  const others = [...allocation.entries].filter(([, entries]) => entries.map(claimOf).some(isNew));
  return { shares, others: others.map(([name]) => name) };
}

/** The claim by which an entry is known: those of both families have one claimant. */
function claimOf({ claims }: Entry): Claim {
  return claims[4];
}

/** What Eips keep of which nothing is known but their groups: those of one Eip on one LAN together. */
function estimatesOf(present: readonly Present[]): readonly Entry[] {
  const unseen = new Map<string, Present[]>();
  for (const each of present) {
    if (each.eip === undefined) continue;
    const key = `${each.eip} ${(each.lan ?? []).map(formatRange).join()}`;
    unseen.set(key, [...(unseen.get(key) ?? []), each]);
  }
  return [...unseen].map(([key, groups]) => {
    const [{ lan }] = groups as [Present];
    return { lan, claims: claimsOfGroups(key, groups) };
  });
}

/** IDs of the range that no Eip's group can have: those of groups made by hand, and of other routers. */
function lost({ range, present, foreign }: Around, lan: Lan, family: Family): ReadonlySet<number> {
  const ids = new Set(foreign(lan)[family]);
  for (const each of present) {
    if (each.eip !== undefined || !mayBeOne(lan, each.lan)) continue;
    const { virtualRouterId: id } = each;
    if (id !== undefined && (each.family ?? family) === family) ids.add(id);
  }
  return new Set([...ids].filter((id) => id >= range.first && id <= range.last && !range.reserved.has(id)));
}

/** How many groups of Eips keep an ID that no group would be given: out of a range that was another before, reserved, or that of others. */
function beyond({ range, present, foreign }: Around, lan: Lan, family: Family): number {
  const barred = foreign(lan)[family];
  return present.filter(({ eip, virtualRouterId: id, family: own, lan: other }) => {
    if (eip === undefined || id === undefined || own !== family || !mayBeOne(lan, other)) return false;
    return id < range.first || id > range.last || range.reserved.has(id) || barred.has(id);
  }).length;
}

/** The Eip is gone with all its groups. */
export function forget(allocation: IdAllocation, eip: string): void {
  forgetShares(allocation, eip);
  allocation.entries.delete(eip);
  allocation.decided.delete(eip);
}

function forgetShares({ entries, shares }: IdAllocation, eip: string): void {
  for (const { claimant } of (entries.get(eip) ?? []).map(claimOf)) shares.delete(claimant);
}

/** A group has an ID no more. */
export function release(allocation: IdAllocation, family: Family, id: number, group: string, now: number): void {
  for (const [key, { at }] of allocation.freed) if (now - at >= restMs) allocation.freed.delete(key);
  allocation.freed.set(`${family} ${id}`, { group, at: now });
}

/** IDs that a group has let go of until just now, and which. */
export function restingIds(allocation: IdAllocation, now: number): Record<Family, Map<number, string>> {
  const resting: Record<Family, Map<number, string>> = { 4: new Map(), 6: new Map() };
  for (const [key, { group, at }] of allocation.freed) {
    const [family, id] = key.split(' ').map(Number) as [Family, number];
    if (now - at < restMs) resting[family].set(id, group);
  }
  return resting;
}
