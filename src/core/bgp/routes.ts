import type { Family } from '../ip/address.js';
import { type Micros, never } from '../time.js';
import { originatedPath } from '../wire/bgp/as-path.js';
import type { PathAttributes } from '../wire/bgp/path-attributes.js';
import { familyOfPrefix, type Prefix } from '../wire/bgp/prefix.js';
import { encodeAnnouncements, encodeWithdrawals } from '../wire/bgp/update-packing.js';
import { equalOctets } from '../wire/octets.js';
import { goingAttributes, type RouteAttributes, type Routes } from './route.js';
import { emptyTable, ofFamilies, type RouteTable, routesOf, tableDifference } from './route-table.js';

export type { RouteAttributes, Routes } from './route.js';

/** What a peer was told: Adj-RIB-Out (RFC 4271 3.2). */
export interface AdjRibOut {
  /** Routes that were sent and not withdrawn. */
  readonly sent: RouteTable;
  /** Whether they were sent as routes that are about to go. */
  readonly going: boolean;
  /** The next hops that they were sent with. */
  readonly nextHops: ReadonlyMap<Family, Uint8Array>;
  /** When differences are to be sent; `never` when there are none. */
  readonly flushAt: Micros;
  /** When to send the End-of-RIB even if routes are missing; `never` once it is sent. */
  readonly endOfRibAt: Micros;
  /** Families whose routes the peer wants again, and will get after the End-of-RIB. */
  readonly refreshing: readonly Family[];
}

/** How routes are told to one peer. */
export interface Telling {
  readonly localAs: number;
  readonly external: boolean;
  readonly fourOctetAs: boolean;
  /** Whether routes are told as about to go: less preferred than any other (RFC 8326 4). */
  readonly going: boolean;
  /** Next hops of the families that are told; others are not. */
  readonly nextHops: ReadonlyMap<Family, Uint8Array>;
}

const defaultLocalPref = 100;

/** The differences between what is wanted and what was sent. */
export interface Difference {
  readonly gone: readonly Prefix[];
  /** New ones, and those with other attributes: announcing them again replaces what was said (RFC 4271 3.1). */
  readonly told: readonly Routes[];
}

/** Finds what to send. Costs what has changed, unless routes are told as about to go that were not before, or with another next hop. */
export function differenceOf(wanted: RouteTable, { sent, going, nextHops }: AdjRibOut, telling: Telling): Difference {
  const { external } = telling;
  const differ = (before: RouteAttributes, after: RouteAttributes) =>
    attributesKey(before, external) !== attributesKey(after, external);
  const { gone, changed } = tableDifference(sent, wanted, differ);
  const all = going !== telling.going || !sameHops(nextHops, telling.nextHops);
  return { gone, told: all ? routesOf(wanted) : changed };
}

function sameHops(before: Telling['nextHops'], after: Telling['nextHops']): boolean {
  return [...before].every(([family, hop]) => equalOctets(hop, after.get(family) ?? hop));
}

/** Routes that a peer can be told at all: those whose family has a next hop. */
export function tellable(wanted: RouteTable, { nextHops }: Telling): RouteTable {
  return ofFamilies(wanted, (family) => nextHops.has(family));
}

/** Withdrawals as UPDATEs: the sooner a packet goes elsewhere the better, so these are sent before announcements. */
export function withdrawalsOf(gone: readonly Prefix[], { nextHops }: Telling): Uint8Array[] {
  return [...nextHops].flatMap(([family, nextHop]) => encodeWithdrawals(ofFamily(gone, family), nextHop.length !== 4));
}

/** Announcements as UPDATEs: routes with equal attributes share them. */
export function announcementsOf(told: readonly Routes[], telling: Telling): Uint8Array[] {
  const alike = new Map<string, [Routes, ...Routes[]]>();
  for (const routes of told) {
    const key = attributesKey(routes.attributes, telling.external);
    const others = alike.get(key);
    if (others) others.push(routes);
    else alike.set(key, [routes]);
  }
  return [...alike.values()].flatMap((all) => {
    const [{ attributes, prefixes }] = all;
    const whole = all.length === 1 ? prefixes : all.flatMap((each) => each.prefixes);
    const path = attributesOf(attributes, telling);
    return [...telling.nextHops].flatMap(([family, nextHop]) =>
      encodeAnnouncements(ofFamily(whole, family), nextHop, path, telling.fourOctetAs),
    );
  });
}

function ofFamily(prefixes: readonly Prefix[], family: Family): readonly Prefix[] {
  return prefixes.filter((prefix) => familyOfPrefix(prefix) === family);
}

/** The attributes of a route (RFC 4271 5.1): LOCAL_PREF within an AS only, our own AS in the path to others only. */
export function attributesOf(wanted: RouteAttributes, { localAs, external, going }: Telling): PathAttributes {
  const route = going ? goingAttributes(wanted) : wanted;
  const { communities, extendedCommunities, largeCommunities, med } = route;
  return {
    origin: 'igp',
    asPath: external ? originatedPath(localAs, route.prepend ?? 0) : [],
    ...(med !== undefined && { med }),
    ...(!external && { localPref: route.localPref ?? defaultLocalPref }),
    ...(communities && { communities }),
    ...(extendedCommunities && { extendedCommunities }),
    ...(largeCommunities && { largeCommunities }),
  };
}

/** A text that is equal where attributes are, as far as such a peer is told of them. */
function attributesKey(attributes: RouteAttributes, external: boolean): string {
  const { communities, extendedCommunities, largeCommunities, med, localPref, prepend } = attributes;
  const preference = external ? `p${prepend ?? 0}` : `l${localPref ?? defaultLocalPref}`;
  const lists = `${communities ?? ''}|${extendedCommunities ?? ''}|${largeCommunities?.join(' ') ?? ''}`;
  return `${med ?? ''}|${preference}|${lists}`;
}

/** The Adj-RIB-Out of a session that has just come up: everything is still to be sent. */
export function emptyRibOut(now: Micros, endOfRibAt: Micros): AdjRibOut {
  return { sent: emptyTable, going: false, nextHops: new Map(), flushAt: now, endOfRibAt, refreshing: [] };
}

/** Whether the End-of-RIB was sent. */
export function isEndOfRibSent({ endOfRibAt }: AdjRibOut): boolean {
  return endOfRibAt === never;
}
