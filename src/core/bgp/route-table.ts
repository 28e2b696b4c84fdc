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
  for (const route of routes) put(draft, route);
  return finished(draft);
}

/** A table that has no routes of these prefixes. The same table if it had none. */
export function withoutRoutes(table: RouteTable, prefixes: Iterable<Prefix>): RouteTable {
  const draft = draftOf(table);
  for (const prefix of prefixes) take(draft, prefix);
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
  for (const family of [4, 6] as const) {
    if (before[family] === after[family]) continue;
    const { branches: old } = before[family];
    const { branches: young } = after[family];
    for (let i = 0; i < width; i++)
      if (old[i] !== young[i]) branchDifference(old[i] ?? noBranch, young[i] ?? noBranch, gone, changed);
  }
  return { gone, changed };
}

function branchDifference(
  before: Branch,
  after: Branch,
  gone: Route[],
  changed: { route: Route; before: Route | undefined }[],
): void {
  for (let i = 0; i < width; i++) {
    const old = before[i] ?? noLeaf;
    const young = after[i] ?? noLeaf;
    if (old === young) continue;
    for (const route of old) if (indexIn(young, route.prefix) < 0) gone.push(route);
    for (const route of young) {
      const former = old[indexIn(old, route.prefix)];
      if (former !== route) changed.push({ route, before: former });
    }
  }
}

/**
 * A table that is being made of another one: what differs is copied once, however much of it changes. Tables of 10 000 routes are made at
 * once, by code that has hardly run before, so that each route is to cost few calls.
 */
interface Draft {
  readonly before: RouteTable;
  readonly families: { [Of in Family]?: { size: number; branches: (Branch | undefined)[] } };
  /** Branches of the draft alone. */
  readonly own: Set<Branch>;
}

function draftOf(table: RouteTable): Draft {
  return { before: table, families: {}, own: new Set() };
}

function put(draft: Draft, route: Route): void {
  const hash = hashOf(route.prefix);
  const leaf = leafAt(draft, route.prefix, hash);
  const at = leaf === undefined ? -1 : indexIn(leaf, route.prefix);
  if (leaf === undefined) setLeaf(draft, route.prefix, hash, [route], 1);
  else if (at < 0) setLeaf(draft, route.prefix, hash, [...leaf, route], 1);
  else if (leaf[at] !== route) setLeaf(draft, route.prefix, hash, leaf.with(at, route), 0);
}

function take(draft: Draft, prefix: Prefix): void {
  const hash = hashOf(prefix);
  const leaf = leafAt(draft, prefix, hash) ?? noLeaf;
  const at = indexIn(leaf, prefix);
  if (at < 0) return;
  const kept = leaf.length === 1 ? undefined : leaf.toSpliced(at, 1);
  setLeaf(draft, prefix, hash, kept, -1);
}

function leafAt({ before, families }: Draft, { address }: Prefix, hash: number): Leaf | undefined {
  const family = familyOf(address);
  return (families[family] ?? before[family]).branches[hash >> 6]?.[hash & 63];
}

function setLeaf(draft: Draft, { address }: Prefix, hash: number, leaf: Leaf | undefined, more: number): void {
  const family = familyOf(address);
  const { size, branches } = draft.before[family];
  draft.families[family] ??= { size, branches: branches.slice() };
  const routes = draft.families[family];
  let branch = routes.branches[hash >> 6] as (Leaf | undefined)[] | undefined;
  if (branch === undefined || !draft.own.has(branch)) {
    branch = (branch ?? noBranch).slice();
    draft.own.add(branch);
    routes.branches[hash >> 6] = branch;
  }
  branch[hash & 63] = leaf;
  routes.size += more;
}

function finished({ before, families }: Draft): RouteTable {
  const { 4: four, 6: six } = families;
  return four || six ? { 4: four ?? before[4], 6: six ?? before[6] } : before;
}

function routeIn(leaf: Leaf, prefix: Prefix): Route | undefined {
  return leaf[indexIn(leaf, prefix)];
}

function indexIn(leaf: Leaf, prefix: Prefix): number {
  for (let i = 0; i < leaf.length; i++) if (samePrefix(leaf[i]!.prefix, prefix)) return i;
  return -1;
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
