import { type Family, familyOf } from '../ip/address.js';
import { type Micros, never } from '../time.js';
import { originatedPath } from '../wire/bgp/as-path.js';
import {
  type Community,
  type ExtendedCommunity,
  type LargeCommunity,
  wellKnownCommunities,
} from '../wire/bgp/communities.js';
import type { PathAttributes } from '../wire/bgp/path-attributes.js';
import { type Prefix, prefixKey } from '../wire/bgp/prefix.js';
import { encodeAnnouncements, encodeWithdrawals } from '../wire/bgp/update-packing.js';

/** A route that this node originates. */
export interface Route {
  readonly prefix: Prefix;
  readonly communities?: readonly Community[];
  readonly extendedCommunities?: readonly ExtendedCommunity[];
  readonly largeCommunities?: readonly LargeCommunity[];
  /** MULTI_EXIT_DISC: unsigned, 32 bits. */
  readonly med?: number;
  /** LOCAL_PREF, for peers of our own AS only: unsigned, 32 bits; 100 when absent. */
  readonly localPref?: number;
  /** How often our AS stands in the path beyond the first time, for peers of another AS only: 0..254. */
  readonly prepend?: number;
}

/** What a peer was told: Adj-RIB-Out (RFC 4271 3.2). */
export interface AdjRibOut {
  /** Routes that were sent and not withdrawn, by prefix. */
  readonly sent: ReadonlyMap<string, Route>;
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
  /** Next hops of the families that are told; others are not. */
  readonly nextHops: ReadonlyMap<Family, Uint8Array>;
}

const defaultLocalPref = 100;

/** Routes by prefix. Of two with the same prefix the last counts. */
export function byPrefix(routes: readonly Route[]): ReadonlyMap<string, Route> {
  return new Map(routes.map((route) => [prefixKey(route.prefix), route]));
}

/** A route as it is told while its node is about to go: less preferred than any other (RFC 8326 4). */
export function goingRoute(route: Route): Route {
  const mark = wellKnownCommunities['graceful-shutdown'];
  const communities = route.communities ?? [];
  return { ...route, communities: communities.includes(mark) ? communities : [...communities, mark], localPref: 0 };
}

/** The differences between what is wanted and what was sent. */
export interface Difference {
  readonly gone: readonly Route[];
  /** New ones, and those with other attributes: announcing them again replaces what was said (RFC 4271 3.1). */
  readonly told: readonly Route[];
}

/** Finds what to send. Equal routes that are the same object are not looked into. */
export function differenceOf(
  wanted: ReadonlyMap<string, Route>,
  sent: ReadonlyMap<string, Route>,
  { external }: Pick<Telling, 'external'>,
): Difference {
  const gone: Route[] = [];
  const told: Route[] = [];
  for (const [key, route] of sent) if (!wanted.has(key)) gone.push(route);
  for (const [key, route] of wanted) {
    const before = sent.get(key);
    if (before === route) continue;
    if (before === undefined || attributesKey(before, external) !== attributesKey(route, external)) told.push(route);
  }
  return { gone, told };
}

/** Routes that a peer can be told at all: those whose family has a next hop. */
export function tellable(wanted: ReadonlyMap<string, Route>, { nextHops }: Telling): ReadonlyMap<string, Route> {
  if (nextHops.size === 2) return wanted;
  return new Map([...wanted].filter(([, { prefix }]) => nextHops.has(familyOf(prefix.address))));
}

/** Withdrawals as UPDATEs: the sooner a packet goes elsewhere the better, so these are sent before announcements. */
export function withdrawalsOf(gone: readonly Route[], { nextHops }: Telling): Uint8Array[] {
  return [...nextHops].flatMap(([family, nextHop]) => {
    const prefixes = gone.map(({ prefix }) => prefix).filter(({ address }) => familyOf(address) === family);
    return encodeWithdrawals(prefixes, nextHop.length !== 4);
  });
}

/** Announcements as UPDATEs: routes with equal attributes share them. */
export function announcementsOf(told: readonly Route[], telling: Telling): Uint8Array[] {
  const groups = new Map<string, Route[]>();
  for (const route of told) {
    const key = `${route.prefix.address.length} ${attributesKey(route, telling.external)}`;
    const group = groups.get(key);
    if (group) group.push(route);
    else groups.set(key, [route]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group as [Route, ...Route[]];
    const nextHop = telling.nextHops.get(familyOf(first.prefix.address))!;
    const prefixes = group.map(({ prefix }) => prefix);
    return encodeAnnouncements(prefixes, nextHop, attributesOf(first, telling), telling.fourOctetAs);
  });
}

/** The attributes of a route (RFC 4271 5.1): LOCAL_PREF within an AS only, our own AS in the path to others only. */
export function attributesOf(route: Route, { localAs, external }: Telling): PathAttributes {
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
function attributesKey(route: Route, external: boolean): string {
  const { communities = [], extendedCommunities = [], largeCommunities = [], med = '', localPref, prepend = 0 } = route;
  const preference = external ? `p${prepend}` : `l${localPref ?? defaultLocalPref}`;
  return [med, preference, communities, extendedCommunities, largeCommunities.join(' ')].join('|');
}

/** The Adj-RIB-Out of a session that has just come up: everything is still to be sent. */
export function emptyRibOut(now: Micros, endOfRibAt: Micros): AdjRibOut {
  return { sent: new Map(), flushAt: now, endOfRibAt, refreshing: [] };
}

/** Whether the End-of-RIB was sent. */
export function isEndOfRibSent({ endOfRibAt }: AdjRibOut): boolean {
  return endOfRibAt === never;
}
