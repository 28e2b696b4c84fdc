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

/** What an address of a group has made. */
interface Made {
  readonly going: boolean;
  readonly routes: readonly KeyedRoute[];
}

export interface AnnouncedRoutes {
  readonly policy: Policy;
  /** By group, then by address. */
  readonly groups: Map<string, { readonly origin: Origin; readonly made: ReadonlyMap<string, Made> }>;
  /** By prefix: who has made a route to it, mostly one. Of several, the first that is not about to go counts. */
  readonly byPrefix: Map<string, readonly Owned[]>;
}

interface Owned {
  readonly owner: Made;
  readonly route: Route;
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
  for (const [name, announced] of changes) {
    const former = table.groups.get(name);
    const made = announced === undefined ? new Map<string, Made>() : madeOf(table.policy, announced, former);
    for (const [text, now] of made) replace(table, before, former?.made.get(text), now);
    for (const [text, was] of former?.made ?? []) if (!made.has(text)) replace(table, before, was, undefined);
    if (announced === undefined) table.groups.delete(name);
    else table.groups.set(name, { origin: announced.origin, made });
  }
  return changeSince(table, before);
}

/** By address; what is as it was is the same object. */
function madeOf(
  policy: Policy,
  { origin, addresses, going }: AnnouncedGroup,
  former: { readonly origin: Origin; readonly made: ReadonlyMap<string, Made> } | undefined,
): ReadonlyMap<string, Made> {
  const made = new Map<string, Made>();
  const kept = JSON.stringify(former?.origin) === JSON.stringify(origin) ? former?.made : undefined;
  const make = (text: string, goes: boolean) => {
    const before = kept?.get(text);
    made.set(text, before?.going === goes ? before : { going: goes, routes: routesOfText(policy, origin, text, goes) });
  };
  for (const text of addresses) make(text, false);
  for (const text of going) make(text, true);
  return made;
}

/** Has what an address makes take the place of what it has made. @param before what was in effect at each prefix that this touches */
function replace(
  { byPrefix }: AnnouncedRoutes,
  before: Map<string, Route | undefined>,
  was: Made | undefined,
  now: Made | undefined,
): void {
  if (was === now) return;
  for (const [key, route] of now?.routes ?? []) {
    const owners = byPrefix.get(key);
    if (!before.has(key)) before.set(key, inEffect(owners));
    const others = owners?.filter(({ owner }) => owner !== was) ?? [];
    byPrefix.set(key, others.length === 0 ? [{ owner: now!, route }] : [...others, { owner: now!, route }]);
  }
  for (const [key] of was?.routes ?? []) {
    const owners = byPrefix.get(key) ?? [];
    if (!before.has(key)) before.set(key, inEffect(owners));
    const others = owners.filter(({ owner }) => owner !== was);
    if (others.length === 0) byPrefix.delete(key);
    else byPrefix.set(key, others);
  }
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

function inEffect(owners: readonly Owned[] | undefined): Route | undefined {
  return (owners?.find(({ owner }) => !owner.going) ?? owners?.[0])?.route;
}

function sameAttributes(a: Route, b: Route): boolean {
  const fields = ['med', 'localPref', 'prepend', 'communities', 'extendedCommunities', 'largeCommunities'] as const;
  return fields.every((field) => a[field] === b[field] || String(a[field]) === String(b[field]));
}
