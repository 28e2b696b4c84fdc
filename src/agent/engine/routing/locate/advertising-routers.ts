/**
 * Routers that are found by the router advertisements they send on a NIC (unnumbered sessions). We advertise ourselves there, too, as nobody's
 * default router: FRR takes no session from a neighbour that it has not heard so.
 */
import type { Micros } from '../../../../core/time.js';
import { never } from '../../../../core/time.js';
import { equalOctets } from '../../../../core/wire/octets.js';
import {
  allNodes,
  allRouters,
  decodeRouterDiscovery,
  encodeBareAdvertisement,
  encodeRouterSolicitation,
  routerDiscoveryType,
} from '../../../../core/wire/router-discovery.js';
import { LinuxError } from '../../../../platform/linux/errno.js';
import type { Icmpv6Socket, openIcmpv6Socket } from '../../../../platform/linux/icmpv6-socket.js';
import type { Poller } from '../../../../platform/linux/poller.js';

/** As often as FRR does. */
const interval: Micros = 10_000_000;
/** While the NIC cannot send: its link-local address is not there yet, or not yet checked for duplicates. */
const retryInterval: Micros = 500_000;
/** Solicitations are answered no more often than RFC 4861 6.2.6 allows. */
const shortestInterval: Micros = 3_000_000;
/**
 * For how long a router stays the one of its NIC after it was heard, whoever else is. That is three times what FRR lets pass between two
 * advertisements, and enough for a session to come up: with several routers on a link, or forged advertisements, none would otherwise. The
 * lifetime that an advertisement names does not count: it may be hours, and a router is replaced sooner.
 */
const keptFor: Micros = 30_000_000;
/** Messages that are read per turn. */
const portion = 16;

export interface AdvertisingRouters {
  readonly poller: Poller;
  readonly now: () => Micros;
  /** Called when the router of a NIC is another than before. */
  readonly heard: () => void;
  readonly open: typeof openIcmpv6Socket;
  /** By the NIC's name. */
  readonly watched: Map<string, WatchedLink>;
}

interface WatchedLink {
  readonly index: number;
  readonly socket: Icmpv6Socket;
  /** The router: link-local, 16 bytes; and until when it stays that. */
  router: Uint8Array | undefined;
  keptUntil: Micros;
  advertiseAt: Micros;
  advertisedAt: Micros;
}

const advertisement = encodeBareAdvertisement();
const solicitation = encodeRouterSolicitation();

export function watchNoLinks(
  poller: Poller,
  now: () => Micros,
  heard: () => void,
  open: AdvertisingRouters['open'],
): AdvertisingRouters {
  return { poller, now, heard, open, watched: new Map() };
}

/** Watches these NICs and no others. One that is not there, or takes no socket, is left out until the next call. */
export function watchLinks(all: AdvertisingRouters, wanted: ReadonlyMap<string, number>): void {
  for (const [name, link] of all.watched) if (wanted.get(name) !== link.index) forget(all, name, link);
  for (const [name, index] of wanted) if (!all.watched.has(name)) watch(all, name, index);
}

/** The NIC has lost its link: at the other end of the next one there may be another router. */
export function linkLost({ watched }: AdvertisingRouters, index: number): void {
  for (const link of watched.values()) if (link.index === index) link.keptUntil = -never;
}

/** The router of a NIC: whoever was heard first, until it is silent and another is heard. */
export function routerHeardOn({ watched }: AdvertisingRouters, name: string): Uint8Array | undefined {
  return watched.get(name)?.router;
}

/** When to call `advertiseDue`. */
export function advertiseDeadline({ watched }: AdvertisingRouters): Micros {
  let deadline = never;
  for (const { advertiseAt } of watched.values()) deadline = Math.min(deadline, advertiseAt);
  return deadline;
}

/** Says that we are there, where it is time. */
export function advertiseDue({ watched, now }: AdvertisingRouters): void {
  for (const link of watched.values()) {
    if (now() < link.advertiseAt) continue;
    const sent = link.socket.send(advertisement, allNodes) === 0;
    if (sent && link.router === undefined) link.socket.send(solicitation, allRouters);
    if (sent) link.advertisedAt = now();
    link.advertiseAt = now() + (sent ? interval : retryInterval);
  }
}

function watch(all: AdvertisingRouters, name: string, index: number): void {
  try {
    const socket = all.open({
      interface: { index, name },
      types: Object.values(routerDiscoveryType),
      groups: [allRouters],
    });
    const link: WatchedLink = {
      index,
      socket,
      router: undefined,
      keptUntil: -never,
      advertiseAt: all.now(),
      advertisedAt: -never,
    };
    all.watched.set(name, link);
    all.poller.add(socket.fd, () => read(all, link));
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
  }
}

function forget(all: AdvertisingRouters, name: string, { socket }: WatchedLink): void {
  all.poller.remove(socket.fd);
  socket.close();
  all.watched.delete(name);
}

function read(all: AdvertisingRouters, link: WatchedLink): void {
  for (let i = 0; i < portion; i++) {
    const message = link.socket.receive();
    if (!message) return;
    const said = decodeRouterDiscovery(message.payload, message.source, message.hopLimit);
    if (said?.type === 'solicitation')
      link.advertiseAt = Math.min(link.advertiseAt, link.advertisedAt + shortestInterval);
    if (said?.type === 'advertisement') hearAdvertisement(all, link, message.source);
  }
}

function hearAdvertisement(all: AdvertisingRouters, link: WatchedLink, router: Uint8Array): void {
  const now = all.now();
  const known = link.router !== undefined && equalOctets(link.router, router);
  if (!known && now < link.keptUntil) return;
  link.keptUntil = now + keptFor;
  if (known) return;
  link.router = router;
  all.heard();
}
