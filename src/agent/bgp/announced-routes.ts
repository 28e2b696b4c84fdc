/**
 * The routes that a policy makes of the addresses of groups, and what of them changes: a change of one address is told as one route, and
 * the others of its group are not looked into.
 */
import type { Route } from '../../core/bgp/route.js';
import { parseIp } from '../../core/ip/address.js';
import type { Prefix } from '../../core/wire/bgp/prefix.js';
import { type MadeRoute, type Origin, type Policy, routesOf } from './policy.js';

/** What this node announces of a group: each address once. */
export interface AnnouncedGroup {
  readonly origin: Origin;
  readonly addresses: readonly string[];
  /** Those that it is about to stop announcing: routers are to prefer others (RFC 8326). */
  readonly going: readonly string[];
}

/** By address, what it has made. */
type Made = ReadonlyMap<string, readonly MadeRoute[]>;

export interface AnnouncedRoutes {
  readonly policy: Policy;
  readonly groups: Map<string, { readonly origin: Origin; readonly made: Made }>;
  /** By `prefixKey`. */
  readonly byPrefix: Map<string, Entry>;
}

/** One prefix. */
interface Entry {
  /** Routes to it, mostly one. Of several, the first that is not about to go counts. */
  readonly owners: Set<MadeRoute>;
  /** The one that was said to be in effect. */
  told: Route | undefined;
}

export interface RouteChange {
  readonly add: readonly Route[];
  readonly remove: readonly Prefix[];
}

export function newAnnouncedRoutes(policy: Policy): AnnouncedRoutes {
  return { policy, groups: new Map(), byPrefix: new Map() };
}

/** All routes, each prefix once. */
export function routesIn({ byPrefix }: AnnouncedRoutes): readonly Route[] {
  return [...byPrefix.values()].map(({ told }) => told!);
}

/** Takes in what this node announces of some groups now, undefined for nothing any more, and says what that changes. */
export function announce(
  table: AnnouncedRoutes,
  changes: Iterable<readonly [group: string, announced: AnnouncedGroup | undefined]>,
): RouteChange {
  const touched = new Set<string>();
  for (const [name, announced] of changes) {
    const former = table.groups.get(name);
    const made = announced === undefined ? new Map() : madeOf(table.policy, announced, former);
    for (const [text, routes] of made) replace(table, former?.made.get(text) ?? [], routes, touched);
    for (const [text, routes] of former?.made ?? []) if (!made.has(text)) replace(table, routes, [], touched);
    if (announced === undefined) table.groups.delete(name);
    else table.groups.set(name, { origin: announced.origin, made });
  }
  return told(table, touched);
}

/** What is as it was is the same object. */
function madeOf(
  policy: Policy,
  { origin, addresses, going }: AnnouncedGroup,
  former: { readonly origin: Origin; readonly made: Made } | undefined,
): Made {
  const made = new Map<string, readonly MadeRoute[]>();
  const kept = JSON.stringify(former?.origin) === JSON.stringify(origin) ? former?.made : undefined;
  const make = (text: string, goes: boolean) => {
    const before = kept?.get(text);
    const isKept = before?.every((each) => each.going === goes);
    made.set(text, isKept ? before! : routesOfText(policy, origin, text, goes));
  };
  for (const text of addresses) make(text, false);
  for (const text of going) make(text, true);
  return made;
}

/** Has routes that an address makes take the place of those that it has made. */
function replace(
  { byPrefix }: AnnouncedRoutes,
  before: readonly MadeRoute[],
  now: readonly MadeRoute[],
  touched: Set<string>,
): void {
  if (before === now) return;
  for (const each of before) {
    byPrefix.get(each.key)!.owners.delete(each);
    touched.add(each.key);
  }
  for (const each of now) {
    const entry = byPrefix.get(each.key);
    if (entry === undefined) byPrefix.set(each.key, { owners: new Set([each]), told: undefined });
    else entry.owners.add(each);
    touched.add(each.key);
  }
}

/** What is to be said of prefixes whose routes have changed. */
function told({ byPrefix }: AnnouncedRoutes, touched: ReadonlySet<string>): RouteChange {
  const add: Route[] = [];
  const remove: Prefix[] = [];
  for (const key of touched) {
    const entry = byPrefix.get(key)!;
    const before = entry.told;
    const now = inEffect(entry.owners);
    entry.told = now;
    if (now === undefined) {
      byPrefix.delete(key);
      if (before !== undefined) remove.push(before.prefix);
    } else if (before === undefined || !sameAttributes(before, now)) add.push(now);
  }
  return { add, remove };
}

function routesOfText(policy: Policy, origin: Origin, text: string, going: boolean): readonly MadeRoute[] {
  const address = parseIp(text);
  return address === undefined ? [] : routesOf(policy, origin, address, going);
}

function inEffect(owners: ReadonlySet<MadeRoute>): Route | undefined {
  let found: Route | undefined;
  for (const { route, going } of owners) {
    if (!going) return route;
    found ??= route;
  }
  return found;
}

function sameAttributes(a: Route, b: Route): boolean {
  const fields = ['med', 'localPref', 'prepend', 'communities', 'extendedCommunities', 'largeCommunities'] as const;
  return fields.every((field) => a[field] === b[field] || String(a[field]) === String(b[field]));
}
