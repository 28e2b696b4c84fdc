import type { Report, Session } from '../../../src/core/bgp/session.js';
import type { Family } from '../../../src/core/ip/address.js';
import { type Micros, never } from '../../../src/core/time.js';
import { familyOfNumbers } from '../../../src/core/wire/bgp/families.js';
import { type Framing, noFraming, takeMessages } from '../../../src/core/wire/bgp/framing.js';
import { decodeMessage } from '../../../src/core/wire/bgp/message.js';
import type { Open } from '../../../src/core/wire/bgp/open.js';
import { familyOfPrefix, formatPrefix } from '../../../src/core/wire/bgp/prefix.js';
import { refreshSubtype } from '../../../src/core/wire/bgp/route-refresh.js';
import type { Update } from '../../../src/core/wire/bgp/update.js';
import { Violation } from '../checkers/checker.js';
import { judgeGone, judgeTold } from './judgement.js';
import type { Link, RoutingWorld } from './model.js';

/*
 * What a router has heard from a node: its own reading of the octets, with the codec but without the session's help, and its own
 * keeping of routes over restarts (RFC 4724 4.2) and refreshes (RFC 7313 4).
 */

/** One route as a router was told. */
export interface Held {
  /** Attributes and next hop, as a text. */
  readonly text: string;
  readonly family: Family;
  /** When it was first told as about to go (RFC 8326). */
  readonly markedAt: Micros;
  /** Kept over the end of its session. */
  readonly stale: boolean;
  /** Of before a refresh that has not come to its end. */
  readonly former: boolean;
}

export interface Rib {
  /** By prefix, such as `198.51.100.1/32`. */
  readonly routes: Map<string, Held>;
  /** What was read of a connection, by its number. */
  readonly framings: Map<number, Framing>;
  /** Counts sessions, so that what was planned for one before does nothing. */
  generation: number;
}

const second: Micros = 1_000_000;
/** For how long stale routes wait for the End-of-RIB. */
const stalePathTime = 120 * second;

/** Octets came on a connection, and the router's session has judged them. */
export function hear(world: RoutingWorld, link: Link, connection: number, octets: Uint8Array): void {
  const { rib } = link;
  const established = link.ends[1]!.session.connections.find((each) => each.number === connection);
  if (established === undefined) {
    rib.framings.delete(connection);
    return;
  }
  const { framing, messages } = takeMessages(rib.framings.get(connection) ?? noFraming, octets);
  rib.framings.set(connection, framing);
  for (const bytes of messages) {
    if (established.phase !== 'Established') continue;
    const context = { fourOctetAs: true, external: true, enhancedRouteRefresh: true };
    const decoded = decodeMessage(bytes, context);
    if (!decoded.ok) throw new Violation('sound', world.scheduler.now, `a router read ${decoded.error.reason}`);
    const { message } = decoded;
    if (message.type === 'update') apply(world, link, message);
    if (message.type === 'route-refresh') refreshed(world, link, familyOfNumbers(message)!, message.subtype);
  }
}

function apply(world: RoutingWorld, link: Link, update: Update): void {
  const { rib } = link;
  const { now } = world.scheduler;
  if (update.faults.length > 0)
    throw new Violation('sound', now, `a router found fault with an UPDATE: ${JSON.stringify(update.faults)}`);
  for (const prefix of update.withdrawn) remove(world, link, formatPrefix(prefix));
  const { communities = [], med, localPref, asPath = [] } = update.attributes;
  const path = asPath.flatMap(({ numbers }) => numbers);
  const marked = communities.includes(0xffff_0000);
  for (const { nextHop, prefixes } of update.reach)
    for (const prefix of prefixes) {
      const key = formatPrefix(prefix);
      const before = rib.routes.get(key);
      const text = [path, communities.filter((each) => each !== 0xffff_0000).toSorted(), med, localPref, nextHop].join(
        ' / ',
      );
      const markedAt = marked ? Math.min(before?.markedAt ?? never, now) : never;
      const held: Held = { text, markedAt, family: familyOfPrefix(prefix), stale: false, former: false };
      rib.routes.set(key, held);
      judgeTold(world, link, key, held, before);
    }
  if (update.endOfRib) sweep(world, link, ({ family, stale }) => stale && family === update.endOfRib);
}

function refreshed(world: RoutingWorld, link: Link, family: Family, subtype: number): void {
  const { routes } = link.rib;
  if (subtype === refreshSubtype.begin)
    for (const [key, held] of routes) if (held.family === family) routes.set(key, { ...held, former: true });
  if (subtype === refreshSubtype.end) sweep(world, link, (held) => held.former && held.family === family);
}

/** The router's session has ended or begun. */
export function reported(world: RoutingWorld, link: Link, report: Report, before: Session): void {
  const { rib } = link;
  if (report.kind === 'faulty-update' || report.kind === 'refused-update')
    throw new Violation('sound', world.scheduler.now, `a router's session found fault with an UPDATE`);
  if (report.kind === 'closed' && report.close.in === 'Established') {
    const restart = restartOf(before.connections.find(({ phase }) => phase === 'Established')?.peerOpen);
    rib.generation += 1;
    if (report.close.direction !== 'lost' || restart === undefined) sweep(world, link, () => true);
    else {
      for (const [key, held] of rib.routes) rib.routes.set(key, { ...held, stale: true, former: false });
      forgetStaleAfter(world, link, restart.restartTime * second);
    }
  }
  if (report.kind === 'established') {
    const established = link.ends[1]!.session.connections.find(({ phase }) => phase === 'Established');
    const restart = restartOf(established?.peerOpen);
    const forwarded = new Set((restart?.families ?? []).filter(({ forwarding }) => forwarding).map(familyOfNumbers));
    sweep(world, link, ({ stale, family }) => stale && !forwarded.has(family));
    rib.generation += 1;
    forgetStaleAfter(world, link, stalePathTime);
  }
}

/** BFD has told the router that the node is gone. Of an Established session the routes go with it. */
export function bfdFailed(world: RoutingWorld, link: Link): void {
  if (world.options.bfdEndsStale) sweep(world, link, ({ stale }) => stale);
}

/** The router's own process is gone. */
export function emptyRib(link: Link): void {
  link.rib.routes.clear();
  link.rib.framings.clear();
  link.rib.generation += 1;
}

function restartOf(open: Open | undefined) {
  return open?.capabilities.findLast((each) => each.type === 'graceful-restart');
}

function forgetStaleAfter(world: RoutingWorld, link: Link, after: Micros): void {
  const { generation } = link.rib;
  const forget = () => {
    if (link.rib.generation === generation) sweep(world, link, ({ stale }) => stale);
  };
  world.scheduler.plan(world.scheduler.now + after, forget, undefined);
}

function sweep(world: RoutingWorld, link: Link, goes: (held: Held) => boolean): void {
  for (const [key, held] of [...link.rib.routes]) if (goes(held)) remove(world, link, key);
}

function remove(world: RoutingWorld, link: Link, key: string): void {
  const held = link.rib.routes.get(key);
  if (held === undefined) return;
  link.rib.routes.delete(key);
  judgeGone(world, link, key, held);
}
