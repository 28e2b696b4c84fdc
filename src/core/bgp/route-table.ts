import type { Family } from '../ip/address.js';
import { familyOf } from '../ip/address.js';
import type { Prefix } from '../wire/bgp/prefix.js';
import type { Route } from './route.js';

/**
 * Routes by prefix, as an immutable value. A table with some changes shares all else with the one before: so a change costs what it
 * changes, finding what differs between two tables costs what differs, and sessions that are told the same keep it once.
 */
export interface RouteTable {
  readonly 4: Routes;
  readonly 6: Routes;
}

/** Those of one family: a tree of two levels, its branches by a hash of the prefix. */
export interface Routes {
  readonly size: number;
  readonly branches: readonly (Branch | undefined)[];
}

type Branch = readonly (Leaf | undefined)[];
type Leaf = readonly Route[];

/** Children of the tree, and of a branch. 10 000 routes make leaves of 2 to 3. */
const width = 64;

const noRoutes: Routes = { size: 0, branches: new Array<undefined>(width).fill(undefined) };
const noBranch: Branch = new Array<undefined>(width).fill(undefined);
const noLeaf: Leaf = [];

/** A table without routes. */
export const emptyTable: RouteTable = { 4: noRoutes, 6: noRoutes };

/** A table of these routes. Of two with the same prefix the last counts. */
export function tableOf(routes: Iterable<Route>): RouteTable {
  return withRoutes(emptyTable, routes);
}

/** A table that has these routes, too, or instead of those with the same prefixes. The same table if it has these very objects. */
export function withRoutes(table: RouteTable, routes: Iterable<Route>): RouteTable {
  const draft = draftOf(table);
  for (const route of routes) change(draft, route.prefix, (leaf) => replaced(leaf, route));
  return finished(draft);
}

/** A table that has no routes of these prefixes. The same table if it had none. */
export function withoutRoutes(table: RouteTable, prefixes: Iterable<Prefix>): RouteTable {
  const draft = draftOf(table);
  for (const prefix of prefixes) {
    change(draft, prefix, (leaf) => {
      const kept = leaf.filter((each) => !samePrefix(each.prefix, prefix));
      return kept.length === leaf.length ? leaf : kept;
    });
  }
  return finished(draft);
}

/** A table of the routes of some families alone. */
export function ofFamilies(table: RouteTable, has: (family: Family) => boolean): RouteTable {
  if (has(4) && has(6)) return table;
  return { 4: has(4) ? table[4] : noRoutes, 6: has(6) ? table[6] : noRoutes };
}

/** The route of a prefix. */
export function routeAt(table: RouteTable, prefix: Prefix): Route | undefined {
  const hash = hashOf(prefix);
  const leaf = table[familyOf(prefix.address)].branches[hash >> 6]?.[hash & 63];
  return leaf && routeIn(leaf, prefix);
}

/** How many routes there are. */
export function tableSize(table: RouteTable): number {
  return table[4].size + table[6].size;
}

/** All routes, those of IPv4 first. */
export function* routesOf(table: RouteTable): Generator<Route> {
  for (const { branches } of [table[4], table[6]])
    for (const branch of branches) if (branch) for (const leaf of branch) if (leaf) yield* leaf;
}

/** What stands differently in two tables: routes that only `before` has, and routes of `after` that `before` has not, or has otherwise. */
export interface TableDifference {
  readonly gone: readonly Route[];
  readonly changed: readonly { readonly route: Route; readonly before: Route | undefined }[];
}

/** Finds it without looking at what both tables share. */
export function tableDifference(before: RouteTable, after: RouteTable): TableDifference {
  const gone: Route[] = [];
  const changed: { route: Route; before: Route | undefined }[] = [];
  for (const family of [4, 6] as const)
    for (const [old, young] of differingLeaves(before[family], after[family])) {
      for (const route of old) if (!routeIn(young, route.prefix)) gone.push(route);
      for (const route of young) {
        const former = routeIn(old, route.prefix);
        if (former !== route) changed.push({ route, before: former });
      }
    }
  return { gone, changed };
}

function* differingLeaves(before: Routes, after: Routes): Generator<readonly [Leaf, Leaf]> {
  if (before === after) return;
  for (let i = 0; i < width; i++) {
    const old = before.branches[i];
    const young = after.branches[i];
    if (old === young) continue;
    for (let j = 0; j < width; j++) {
      const pair = [old?.[j] ?? noLeaf, young?.[j] ?? noLeaf] as const;
      if (pair[0] !== pair[1]) yield pair;
    }
  }
}

/** A table that is being made of another one: what differs is copied once, however much of it changes. */
interface Draft {
  readonly before: RouteTable;
  readonly families: { [Of in Family]?: { size: number; branches: (Branch | undefined)[] } };
  /** Branches of the draft alone. */
  readonly own: Set<Branch>;
}

function draftOf(table: RouteTable): Draft {
  return { before: table, families: {}, own: new Set() };
}

function change({ before, families, own }: Draft, prefix: Prefix, next: (leaf: Leaf) => Leaf): void {
  const family = familyOf(prefix.address);
  const routes = families[family] ?? before[family];
  const hash = hashOf(prefix);
  const branch = routes.branches[hash >> 6] ?? noBranch;
  const leaf = branch[hash & 63] ?? noLeaf;
  const changed = next(leaf);
  if (changed === leaf) return;
  families[family] ??= { size: routes.size, branches: routes.branches.slice() };
  const draft = families[family];
  const copy = own.has(branch) ? (branch as (Leaf | undefined)[]) : branch.slice();
  own.add(copy);
  copy[hash & 63] = changed;
  draft.size += changed.length - leaf.length;
  draft.branches[hash >> 6] = copy;
}

function finished({ before, families }: Draft): RouteTable {
  const { 4: four, 6: six } = families;
  return four || six ? { 4: four ?? before[4], 6: six ?? before[6] } : before;
}

function replaced(leaf: Leaf, route: Route): Leaf {
  const at = leaf.findIndex(({ prefix }) => samePrefix(prefix, route.prefix));
  if (at < 0) return [...leaf, route];
  return leaf[at] === route ? leaf : leaf.with(at, route);
}

function routeIn(leaf: Leaf, prefix: Prefix): Route | undefined {
  return leaf.find((each) => samePrefix(each.prefix, prefix));
}

function samePrefix(a: Prefix, b: Prefix): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.address.length; i++) if (a.address[i] !== b.address[i]) return false;
  return true;
}

/** 12 bits. Those of the last octets, so that addresses in a row stand in a row, mixed with what is above them. */
function hashOf({ address, length }: Prefix): number {
  let above = length;
  const low = address.length - 2;
  for (let i = 0; i < low; i++) above = (Math.imul(above, 31) + address[i]!) | 0;
  const mixed = Math.imul(above, 0x9e37_79b1) >>> 20;
  return (mixed ^ ((address[low]! << 8) | address[low + 1]!) ^ (address[low]! >> 4)) & 0xfff;
}
