import type { Family } from '../ip/address.js';
import { type Micros, never } from '../time.js';
import { afiOf, unicast } from '../wire/bgp/families.js';
import { encodeRouteRefresh, refreshSubtype } from '../wire/bgp/route-refresh.js';
import { encodeEndOfRib } from '../wire/bgp/update-packing.js';
import { equalOctets } from '../wire/octets.js';
import type { Connection, Session, Step } from './contract.js';
import { nextHopsOf } from './next-hops.js';
import { emptyTable, ofFamilies, type RouteTable, routesOf, withoutRoutes } from './route-table.js';
import {
  type AdjRibOut,
  announcementsOf,
  differenceOf,
  isEndOfRibSent,
  type Routes,
  type Telling,
  tellable,
  withdrawalsOf,
} from './routes.js';
import { andThen, establishedOf, isClogged, putOut, quietly, report, send, withConnection } from './steps.js';

/** So many routes fill an UPDATE, or some: they do not wait for others to share it. */
const enough = 800;

/**
 * Sends an Established peer the differences between what is wanted and what it was told: withdrawals at once, announcements when
 * they are enough or have been gathered for long enough, or `announce` says so. Then the End-of-RIB, once, when all routes are known or
 * its wait is over; and routes that the peer wants again. Nothing is sent while TCP does not take what was sent before, so
 * that what changes meanwhile is sent once.
 */
export function advertise(session: Session, announce: boolean, now: Micros, chance: number): Step {
  const connection = establishedOf(session);
  if (!connection) return quietly(session);
  const ribOut = connection.ribOut!;
  if (isClogged(connection))
    return quietly(withRibOut(session, connection, { ...ribOut, flushAt: Math.min(ribOut.flushAt, now) }));
  const telling = tellingOf(session, connection);
  const wanted = tellable(wantedOf(session), telling);
  const { gone, told } = differenceOf(wanted, ribOut, telling);
  const withdrawals = withdrawalsOf(gone, telling);
  const endOfRib = !isEndOfRibSent(ribOut) && (session.complete || now >= ribOut.endOfRibAt);
  if (!announce && !endOfRib && session.config.gatherFor > 0 && count(told) < enough) {
    const flushAt = told.length === 0 ? never : Math.min(ribOut.flushAt, now + session.config.gatherFor);
    const sent = told.length === 0 ? wanted : withoutRoutes(ribOut.sent, gone);
    const left = withRibOut(session, connection, { ...ribOut, sent, flushAt });
    return send(left, connection.number, withdrawals, now, chance);
  }
  const { going, nextHops } = telling;
  const sent: AdjRibOut = { ...ribOut, sent: wanted, going, nextHops, flushAt: never };
  const messages = [...withdrawals, ...announcementsOf(told, telling)];
  const step = send(withRibOut(session, connection, sent), connection.number, messages, now, chance);
  return andThen(endOfRib ? andThen(step, (left) => sendEndOfRib(left, now, chance)) : step, (left) =>
    refreshAll(left, now, chance),
  );
}

function count(routes: readonly Routes[]): number {
  return routes.reduce((sum, { prefixes }) => sum + prefixes.length, 0);
}

/** Our address beside that of the session is another now: routes that were told with the one before are told again. */
export function useNextHop(session: Session, beside: Uint8Array, now: Micros, chance: number): Step {
  const connection = establishedOf(session);
  if (!connection || beside.length === connection.localAddress.length) return quietly(session);
  if (connection.beside && equalOctets(connection.beside, beside)) return quietly(session);
  return advertise(withConnection(session, { ...connection, beside }), true, now, chance);
}

/** Advertises what is due, and sends again what waited to be. */
export function advertiseDue(session: Session, now: Micros, chance: number): Step {
  const connection = establishedOf(session);
  if (!connection || isClogged(connection)) return quietly(session);
  const { flushAt, endOfRibAt } = connection.ribOut!;
  const due = now >= Math.min(flushAt, endOfRibAt);
  return due ? advertise(session, true, now, chance) : refreshAll(session, now, chance);
}

/** The peer wants the routes of a family again (RFC 2918 4): it gets them after the End-of-RIB (RFC 7313 4). */
export function refresh(session: Session, connection: Connection, family: Family, now: Micros, chance: number): Step {
  const ribOut = connection.ribOut!;
  const { refreshing } = ribOut;
  if (!connection.negotiated!.families.includes(family) || refreshing.includes(family)) return quietly(session);
  const asked = withRibOut(session, connection, { ...ribOut, refreshing: [...refreshing, family] });
  return refreshAll(asked, now, chance);
}

function refreshAll(session: Session, now: Micros, chance: number): Step {
  const connection = establishedOf(session)!;
  const ribOut = connection.ribOut!;
  if (ribOut.refreshing.length === 0 || !isEndOfRibSent(ribOut) || isClogged(connection)) return quietly(session);
  const telling = tellingOf(session, connection);
  const messages = ribOut.refreshing.flatMap((family) => refreshOf(family, ribOut.sent, connection, telling));
  const refreshed = withRibOut(session, connection, { ...ribOut, refreshing: [] });
  return send(refreshed, connection.number, messages, now, chance);
}

/** The routes of a family as they were told, between marks where the peer knows these (RFC 7313). */
function refreshOf(family: Family, sent: RouteTable, { negotiated }: Connection, telling: Telling): Uint8Array[] {
  const messages = announcementsOf(routesOf(ofFamilies(sent, (each) => each === family)), telling);
  if (!negotiated!.enhancedRouteRefresh) return messages;
  const mark = (subtype: number) =>
    encodeRouteRefresh({ type: 'route-refresh', afi: afiOf(family), safi: unicast, subtype });
  return [mark(refreshSubtype.begin), ...messages, mark(refreshSubtype.end)];
}

function sendEndOfRib(session: Session, now: Micros, chance: number): Step {
  const connection = establishedOf(session)!;
  const { number, negotiated, ribOut } = connection;
  const ended = withRibOut(session, connection, { ...ribOut!, endOfRibAt: never });
  const step = send(ended, number, negotiated!.families.map(encodeEndOfRib), now, chance);
  return putOut(step, report({ kind: 'end-of-rib-sent', complete: session.complete }));
}

/** What the peer is to know now: all that is wanted, and in the end of a session that is drained nothing. */
function wantedOf({ wanted, draining }: Session): RouteTable {
  return draining?.stage === 'withdrawn' ? emptyTable : wanted;
}

function tellingOf({ config, draining }: Session, connection: Connection): Telling {
  const { external, fourOctetAs } = connection.negotiated!;
  const going = draining !== undefined;
  return { localAs: config.localAs, external, fourOctetAs, going, nextHops: nextHopsOf(config, connection) };
}

function withRibOut(session: Session, connection: Connection, ribOut: AdjRibOut): Session {
  return withConnection(session, { ...connection, ribOut });
}
