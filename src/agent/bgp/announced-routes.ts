/**
 * The routes that a policy makes of the addresses of groups, and what of them changes: a change of one address is told as one route, and
 * the others of its group are not looked into.
 */
import type { Route } from '../../core/bgp/route.js';
import { parseIp } from '../../core/ip/address.js';
import type { Prefix } from '../../core/wire/bgp/prefix.js';
import { type KeyedRoute, type Origin, type Policy, routesOf } from './policy.js';

/** What this node announces of a group: each address once. */
export interface AnnouncedGroup {
  readonly origin: Origin;
  readonly addresses: readonly string[];
  /** Those that it is about to stop announcing: routers are to prefer others (RFC 8326). */
  readonly going: readonly string[];
}

/** What an address has made. */
interface Made {
  readonly going: boolean;
  readonly routes: readonly KeyedRoute[];
}

export interface AnnouncedRoutes {
  readonly policy: Policy;
  /** By group, then by address. */
  readonly groups: Map<string, { readonly origin: Origin; readonly made: ReadonlyMap<string, Made> }>;
  /** By prefix, then by whose it is: a group's address. Of several, the first that is not about to go counts. */
  readonly byPrefix: Map<string, Map<string, OwnedRoute>>;
}

interface OwnedRoute {
  readonly route: Route;
  readonly going: boolean;
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
  return [...byPrefix.values()].map((owners) => inEffect(owners)!);
}

/** Takes in what this node announces of some groups now, undefined for nothing any more, and says what that changes. */
export function announce(
  table: AnnouncedRoutes,
  changes: Iterable<readonly [group: string, announced: AnnouncedGroup | undefined]>,
): RouteChange {
  const before = new Map<string, Route | undefined>();
  const set = (key: string, owner: string, owned: OwnedRoute | undefined) => {
    const owners = table.byPrefix.get(key) ?? new Map<string, OwnedRoute>();
    if (!before.has(key)) before.set(key, inEffect(owners));
    if (owned !== undefined) table.byPrefix.set(key, owners.set(owner, owned));
    else if (owners.delete(owner) && owners.size === 0) table.byPrefix.delete(key);
  };
  for (const [name, announced] of changes) {
    const former = table.groups.get(name);
    const made = new Map<string, Made>();
    const sameOrigin = JSON.stringify(former?.origin) === JSON.stringify(announced?.origin);
    const make = (text: string, going: boolean) => {
      const before = former?.made.get(text);
      const kept = sameOrigin && before?.going === going ? before : undefined;
      const now = kept ?? { going, routes: routesOfText(table.policy, announced!.origin, text, going) };
      made.set(text, now);
      if (kept === undefined) for (const [key, route] of now.routes) set(key, `${name} ${text}`, { route, going });
    };
    for (const text of announced?.addresses ?? []) make(text, false);
    for (const text of announced?.going ?? []) make(text, true);
    for (const [text, { routes }] of former?.made ?? []) {
      const now = made.get(text)?.routes;
      if (now === routes) continue;
      const keys = new Set(now?.map(([key]) => key));
      for (const [key] of routes) if (!keys.has(key)) set(key, `${name} ${text}`, undefined);
    }
    if (announced === undefined) table.groups.delete(name);
    else table.groups.set(name, { origin: announced.origin, made });
  }
  return changeSince(table, before);
}

function changeSince(table: AnnouncedRoutes, before: ReadonlyMap<string, Route | undefined>): RouteChange {
  const add: Route[] = [];
  const remove: Prefix[] = [];
  for (const [key, route] of before) {
    const now = inEffect(table.byPrefix.get(key));
    if (now === undefined) {
      if (route !== undefined) remove.push(route.prefix);
    } else if (route === undefined || !sameAttributes(route, now)) add.push(now);
  }
  return { add, remove };
}

function routesOfText(policy: Policy, origin: Origin, text: string, going: boolean): readonly KeyedRoute[] {
  const address = parseIp(text);
  return address === undefined ? [] : routesOf(policy, origin, address, going);
}

function inEffect(owners: ReadonlyMap<string, OwnedRoute> | undefined): Route | undefined {
  let found: Route | undefined;
  for (const { route, going } of owners?.values() ?? []) {
    if (!going) return route;
    found ??= route;
  }
  return found;
}

function sameAttributes(a: Route, b: Route): boolean {
  const fields = ['med', 'localPref', 'prepend', 'communities', 'extendedCommunities', 'largeCommunities'] as const;
  return fields.every((field) => a[field] === b[field] || String(a[field]) === String(b[field]));
}
