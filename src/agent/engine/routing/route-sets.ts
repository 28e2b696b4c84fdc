import { type Gathering, gather, gathered, type Routes } from '../../../core/bgp/route.js';
import {
  emptyTable,
  type RouteTable,
  routeAt,
  tableDifference,
  tableOf,
  withoutRoutes,
  withRoutes,
} from '../../../core/bgp/route-table.js';
import type { Prefix } from '../../../core/wire/bgp/prefix.js';
import type { RoutingCommand } from './contract.js';

/**
 * The sets of routes that there are, and what becomes of some of them together: routers that are told the same sets share one table. Of
 * routes of several sets to the same prefix that of the set whose name comes first is told.
 */
export interface RouteSets {
  readonly sets: Map<string, RouteTable>;
  /** By `unionKey`. */
  readonly unions: Map<string, Union>;
}

interface Union {
  /** In the order of the alphabet. */
  readonly names: readonly string[];
  table: RouteTable;
}

export function createRouteSets(): RouteSets {
  return { sets: new Map(), unions: new Map() };
}

/** What tells lists of names apart, in whatever order they are. */
export function unionKey(names: readonly string[]): string {
  return JSON.stringify([...new Set(names)].sort());
}

/** All routes of these sets; those that there are not yet have none. */
export function unionOf(all: RouteSets, names: readonly string[]): RouteTable {
  const key = unionKey(names);
  const known = all.unions.get(key);
  if (known) return known.table;
  const sorted = JSON.parse(key) as string[];
  // Later ones replace those before, so the first name comes last.
  const table = sorted
    .toReversed()
    .map((name) => all.sets.get(name) ?? emptyTable)
    .reduce(joined, emptyTable);
  all.unions.set(key, { names: sorted, table });
  return table;
}

/** Forgets what no list of names asks for any more. */
export function keepUnions(all: RouteSets, lists: readonly (readonly string[])[]): void {
  const used = new Set(lists.map(unionKey));
  for (const key of all.unions.keys()) if (!used.has(key)) all.unions.delete(key);
}

/** Changes a set, and whatever it is part of, at the cost of what changes. */
export function changeSet(
  all: RouteSets,
  { set, add, remove, whole }: Omit<Extract<RoutingCommand, { type: 'routes' }>, 'type'>,
): void {
  const before = all.sets.get(set) ?? emptyTable;
  const after = whole ? renewed(before, add) : withRoutes(withoutRoutes(before, remove), add);
  all.sets.set(set, after);
  const concerned = [...all.unions.values()].filter(({ names }) => names.includes(set));
  const mixed = concerned.filter(({ names }) => names.length > 1);
  const prefixes = mixed.length === 0 ? [] : differing(before, after);
  for (const union of concerned) union.table = mixed.includes(union) ? revised(all, union, prefixes) : after;
}

function differing(before: RouteTable, after: RouteTable): readonly Prefix[] {
  const { gone, changed } = tableDifference(before, after);
  return [...gone, ...changed.flatMap(({ prefixes }) => prefixes)];
}

function joined(table: RouteTable, other: RouteTable): RouteTable {
  return table === emptyTable ? other : withRoutes(table, tableDifference(table, other).changed);
}

/** The table with these routes and no others. Its parts are those of the former one where their routes are, with these very attributes. */
function renewed(before: RouteTable, routes: readonly Routes[]): RouteTable {
  const { gone } = tableDifference(before, tableOf(routes));
  return withRoutes(withoutRoutes(before, gone), routes);
}

function revised(all: RouteSets, { names, table }: Union, prefixes: readonly Prefix[]): RouteTable {
  const gone: Prefix[] = [];
  const told: Gathering = new Map();
  for (const prefix of prefixes) {
    const name = names.find((each) => routeAt(all.sets.get(each) ?? emptyTable, prefix));
    const attributes = name === undefined ? undefined : routeAt(all.sets.get(name)!, prefix);
    if (attributes) gather(told, prefix, attributes);
    else gone.push(prefix);
  }
  return withRoutes(withoutRoutes(table, gone), gathered(told));
}
