import type { Family } from '../ip/address.js';
import { familyOfPrefix, type Prefix } from '../wire/bgp/prefix.js';
import { type Gathering, gather, gathered, type RouteAttributes, type Routes } from './route.js';

/**
 * Routes by prefix, as an immutable value. A table with some changes shares all else with the one before: so a change costs what it
 * changes, finding what differs between two tables costs what differs, and sessions that are told the same keep it once.
 */
export interface RouteTable {
  readonly 4: FamilyTable;
  readonly 6: FamilyTable;
}

/** The routes of one family, in parts by a hash of the prefix. */
export interface FamilyTable {
  readonly size: number;
  readonly parts: readonly Part[];
}

type Part = ReadonlyMap<Prefix, RouteAttributes>;

/** How many parts there are. 10 000 routes make parts of about 40, which is what a change of one route copies. */
const width = 256;

const noPart: Part = new Map();
const noRoutes: FamilyTable = { size: 0, parts: new Array<Part>(width).fill(noPart) };

/** A table without routes. */
export const emptyTable: RouteTable = { 4: noRoutes, 6: noRoutes };

/** A table of these routes. Of two with the same prefix the last counts. */
export function tableOf(routes: Iterable<Routes>): RouteTable {
  return withRoutes(emptyTable, routes);
}

/** A table that has these routes, too, or instead of those with the same prefixes. The same table if it has them with these very attributes. */
export function withRoutes(table: RouteTable, routes: Iterable<Routes>): RouteTable {
  const draft: Draft = { before: table, own: {} };
  for (const { attributes, prefixes } of routes)
    for (const prefix of prefixes) {
      const family = familyOfPrefix(prefix);
      const at = partOf(prefix);
      if (partIn(draft, family, at).get(prefix) !== attributes) ownPart(draft, family, at).set(prefix, attributes);
    }
  return finished(draft);
}

/** A table that has no routes of these prefixes. The same table if it had none. */
export function withoutRoutes(table: RouteTable, prefixes: Iterable<Prefix>): RouteTable {
  const draft: Draft = { before: table, own: {} };
  for (const prefix of prefixes) {
    const family = familyOfPrefix(prefix);
    const at = partOf(prefix);
    if (partIn(draft, family, at).has(prefix)) ownPart(draft, family, at).delete(prefix);
  }
  return finished(draft);
}

/** A table of the routes of some families alone. */
export function ofFamilies(table: RouteTable, has: (family: Family) => boolean): RouteTable {
  if (has(4) && has(6)) return table;
  return { 4: has(4) ? table[4] : noRoutes, 6: has(6) ? table[6] : noRoutes };
}

/** The attributes of the route to a prefix. */
export function routeAt(table: RouteTable, prefix: Prefix): RouteAttributes | undefined {
  return table[familyOfPrefix(prefix)].parts[partOf(prefix)]!.get(prefix);
}

/** How many routes there are. */
export function tableSize(table: RouteTable): number {
  return table[4].size + table[6].size;
}

/** All routes, those of IPv4 first. */
export function* entriesOf(table: RouteTable): Generator<readonly [Prefix, RouteAttributes]> {
  for (const { parts } of [table[4], table[6]]) for (const part of parts) yield* part;
}

/** All routes, by their attributes. */
export function routesOf(table: RouteTable): readonly Routes[] {
  return tableDifference(emptyTable, table).changed;
}

/** What stands differently in two tables. */
export interface TableDifference {
  /** Prefixes that only the former has. */
  readonly gone: readonly Prefix[];
  /** Routes of the latter that the former has not, or has otherwise. */
  readonly changed: readonly Routes[];
}

/**
 * Finds it without looking at what both tables share.
 *
 * @param differ whether attributes that are not the very same say something else: as long as nothing is said, they do
 */
export function tableDifference(
  before: RouteTable,
  after: RouteTable,
  differ: (before: RouteAttributes, after: RouteAttributes) => boolean = () => true,
): TableDifference {
  const gone: Prefix[] = [];
  const changed: Gathering = new Map();
  for (const family of [4, 6] as const) {
    const { parts: old } = before[family];
    const { parts: young } = after[family];
    if (old === young) continue;
    for (let i = 0; i < width; i++) {
      const [left, right] = [old[i]!, young[i]!];
      if (left === right) continue;
      for (const prefix of left.keys()) if (!right.has(prefix)) gone.push(prefix);
      for (const [prefix, attributes] of right) {
        const former = left.get(prefix);
        if (former === attributes) continue;
        if (former === undefined || differ(former, attributes)) gather(changed, prefix, attributes);
      }
    }
  }
  return { gone, changed: gathered(changed) };
}

/** A table that is being made of another one: what differs is copied once, however much of it changes. */
interface Draft {
  readonly before: RouteTable;
  readonly own: { [Of in Family]?: { readonly parts: Part[]; readonly isOwn: Uint8Array } };
}

function partIn({ before, own }: Draft, family: Family, at: number): Part {
  return (own[family] ?? before[family]).parts[at]!;
}

/** The same, as one of the draft's own. */
function ownPart({ before, own }: Draft, family: Family, at: number): Map<Prefix, RouteAttributes> {
  own[family] ??= { parts: before[family].parts.slice(), isOwn: new Uint8Array(width) };
  const { parts, isOwn } = own[family];
  if (isOwn[at] === 0) {
    parts[at] = new Map(parts[at]);
    isOwn[at] = 1;
  }
  return parts[at] as Map<Prefix, RouteAttributes>;
}

function finished({ before, own }: Draft): RouteTable {
  const table = { ...before };
  for (const family of [4, 6] as const) {
    const parts = own[family]?.parts;
    if (parts) table[family] = { size: parts.reduce((sum, { size }) => sum + size, 0), parts };
  }
  return own[4] || own[6] ? table : before;
}

/** Which part a prefix is in. Each octet tells prefixes apart that are otherwise alike: its factor is odd, and so no power of two. */
function partOf(prefix: Prefix): number {
  let hash = 0;
  for (let i = 0; i < prefix.length; i++) hash = Math.imul(hash, 31) + prefix.charCodeAt(i);
  return hash & (width - 1);
}
