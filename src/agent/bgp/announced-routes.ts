/**
 * The routes that a policy makes of the addresses of groups, and what of them changes: a change of one address is told as one route, and
 * the others of its group are not looked into.
 */
import {
  type Gathering,
  gather,
  gathered,
  goingAttributes,
  type RouteAttributes,
  type Routes,
} from '../../core/bgp/route.js';
import { familyOf, parseIpOctets } from '../../core/ip/address.js';
import { type Prefix, prefixOf } from '../../core/wire/bgp/prefix.js';
import { type Announcement, isOf, type Origin, type Policy } from './policy.js';

/** What this node announces of a group: each address once. */
export interface AnnouncedGroup {
  readonly origin: Origin;
  readonly addresses: readonly string[];
  /** Those that it is about to stop announcing: routers are to prefer others (RFC 8326). */
  readonly going: readonly string[];
}

export interface AnnouncedRoutes {
  readonly policy: Policy;
  readonly makers: readonly Makers[];
  readonly groups: Map<string, { readonly origin: Origin; readonly addresses: Addresses }>;
  /** What makes the route to a prefix: mostly one maker, of one address. Without any there is no entry. */
  readonly byPrefix: Map<Prefix, readonly Share[]>;
}

/** An announcement of the policy, of addresses that stay and of those that are about to go. */
interface Makers {
  readonly announcement: Announcement;
  readonly staying: Maker;
  readonly going: Maker;
}

interface Maker {
  readonly attributes: RouteAttributes;
  /** Of several that make routes to one prefix, that of the lowest rank counts. */
  readonly rank: number;
  /** What there is of most prefixes: one value for all of them. */
  readonly alone: readonly [Share];
}

/** Of how many addresses a maker makes a route. */
interface Share {
  readonly maker: Maker;
  readonly addresses: number;
}

/** By address, whether it is about to go. */
type Addresses = ReadonlyMap<string, boolean>;

export interface RouteChange {
  readonly add: readonly Routes[];
  readonly remove: readonly Prefix[];
}

export function newAnnouncedRoutes(policy: Policy): AnnouncedRoutes {
  const makers = policy.map((announcement, i): Makers => {
    const { attributes } = announcement;
    const going = makerOf(goingAttributes(attributes), policy.length + i);
    return { announcement, staying: makerOf(attributes, i), going };
  });
  return { policy, makers, groups: new Map(), byPrefix: new Map() };
}

function makerOf(attributes: RouteAttributes, rank: number): Maker {
  const share: { maker?: Maker; readonly addresses: 1 } = { addresses: 1 };
  share.maker = { attributes, rank, alone: [share as Share] };
  return share.maker;
}

/** All routes, each prefix once. */
export function routesIn({ byPrefix }: AnnouncedRoutes): readonly Routes[] {
  const all: Gathering = new Map();
  for (const [prefix, shares] of byPrefix) gather(all, prefix, inEffect(shares)!);
  return gathered(all);
}

/** Takes in what this node announces of some groups now, undefined for nothing any more, and says what that changes. */
export function announce(
  table: AnnouncedRoutes,
  changes: Iterable<readonly [group: string, announced: AnnouncedGroup | undefined]>,
): RouteChange {
  const touched: Touched = new Map();
  for (const [name, announced] of changes) {
    const former = table.groups.get(name);
    const isOfOneOrigin = JSON.stringify(former?.origin) === JSON.stringify(announced?.origin);
    const before = former?.addresses ?? nothing;
    const now = announced === undefined ? nothing : addressesOf(announced);
    for (const [text, going] of before)
      if (!isOfOneOrigin || now.get(text) !== going) count(table, former!.origin, text, going, -1, touched);
    for (const [text, going] of now)
      if (!isOfOneOrigin || before.get(text) !== going) count(table, announced!.origin, text, going, 1, touched);
    if (announced === undefined) table.groups.delete(name);
    else table.groups.set(name, { origin: announced.origin, addresses: now });
  }
  return changeOf(table, touched);
}

/** Prefixes that were looked into, with what was told of them before. */
type Touched = Map<Prefix, RouteAttributes | undefined>;

const nothing: Addresses = new Map();

function addressesOf({ addresses, going }: AnnouncedGroup): Addresses {
  const all = new Map<string, boolean>();
  for (const text of addresses) all.set(text, false);
  for (const text of going) all.set(text, true);
  return all;
}

/** Has an address make its routes, or no more. */
function count(
  { makers, byPrefix }: AnnouncedRoutes,
  origin: Origin,
  text: string,
  going: boolean,
  by: 1 | -1,
  touched: Touched,
): void {
  const address = parseIpOctets(text);
  if (address === undefined) return;
  for (const each of makers) {
    if (!isOf(each.announcement, origin)) continue;
    const prefix = prefixOf(address, each.announcement.lengths[familyOf(address)]);
    const before = byPrefix.get(prefix);
    if (!touched.has(prefix)) touched.set(prefix, before && inEffect(before));
    const now = counted(before, going ? each.going : each.staying, by);
    if (now) byPrefix.set(prefix, now);
    else byPrefix.delete(prefix);
  }
}

/** @returns undefined when nothing makes a route any more */
function counted(shares: readonly Share[] | undefined, maker: Maker, by: 1 | -1): readonly Share[] | undefined {
  if (shares === undefined) return maker.alone;
  if (shares === maker.alone && by < 0) return undefined;
  const addresses = (shares.find((share) => share.maker === maker)?.addresses ?? 0) + by;
  const all = shares.filter((share) => share.maker !== maker);
  if (addresses > 0) all.push({ maker, addresses });
  return all.length > 0 ? all : undefined;
}

/** What is to be said of prefixes that were touched. */
function changeOf({ byPrefix }: AnnouncedRoutes, touched: Touched): RouteChange {
  const add: Gathering = new Map();
  const remove: Prefix[] = [];
  for (const [prefix, before] of touched) {
    const shares = byPrefix.get(prefix);
    const now = shares && inEffect(shares);
    if (now === undefined) {
      if (before !== undefined) remove.push(prefix);
    } else if (before === undefined || !sameAttributes(before, now)) gather(add, prefix, now);
  }
  return { add: gathered(add), remove };
}

function inEffect(shares: readonly Share[]): RouteAttributes {
  return shares.reduce((best, share) => (share.maker.rank < best.maker.rank ? share : best)).maker.attributes;
}

function sameAttributes(a: RouteAttributes, b: RouteAttributes): boolean {
  if (a === b) return true;
  const fields = ['med', 'localPref', 'prepend', 'communities', 'extendedCommunities', 'largeCommunities'] as const;
  return fields.every((field) => a[field] === b[field] || String(a[field]) === String(b[field]));
}
