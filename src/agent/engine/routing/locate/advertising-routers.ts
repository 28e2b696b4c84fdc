/**
 * Routers that are found by the router advertisements they send on a NIC (unnumbered sessions). We advertise ourselves there, too, as nobody's
 * default router: FRR takes no session from a neighbour that it has not heard so.
 */
import type { Micros } from '../../../../core/time.js';
import { never } from '../../../../core/time.js';
import {
  allNodes,
  allRouters,
  decodeRouterDiscovery,
  encodeBareAdvertisement,
  encodeRouterSolicitation,
  routerDiscoveryType,
} from '../../../../core/wire/router-discovery.js';
import { LinuxError } from '../../../../platform/linux/errno.js';
import { type Icmpv6Socket, openIcmpv6Socket } from '../../../../platform/linux/icmpv6-socket.js';
import type { Poller } from '../../../../platform/linux/poller.js';

/** As often as FRR does. */
const interval: Micros = 10_000_000;
/** While the NIC cannot send: its link-local address is not there yet, or not yet checked for duplicates. */
const retryInterval: Micros = 500_000;
/** Solicitations are answered no more often than RFC 4861 6.2.6 allows. */
const shortestInterval: Micros = 3_000_000;
/** Messages that are read per turn. */
const portion = 16;

export interface AdvertisingRouters {
  readonly poller: Poller;
  readonly now: () => Micros;
  /** Called when a router is heard that is another than before. */
  readonly heard: () => void;
  /** By the NIC's name. */
  readonly watched: Map<string, WatchedLink>;
}

interface WatchedLink {
  readonly index: number;
  readonly socket: Icmpv6Socket;
  /** The router that was heard last: link-local, 16 bytes. */
  router: Uint8Array | undefined;
  advertiseAt: Micros;
  advertisedAt: Micros;
}

const advertisement = encodeBareAdvertisement();
const solicitation = encodeRouterSolicitation();

export function watchNoLinks(poller: Poller, now: () => Micros, heard: () => void): AdvertisingRouters {
  return { poller, now, heard, watched: new Map() };
}

/** Watches these NICs and no others. One that is not there, or takes no socket, is left out until the next call. */
export function watchLinks(all: AdvertisingRouters, wanted: ReadonlyMap<string, number>): void {
  for (const [name, link] of all.watched) if (wanted.get(name) !== link.index) forget(all, name, link);
  for (const [name, index] of wanted) if (!all.watched.has(name)) watch(all, name, index);
}

/** The router that was heard last on a NIC. */
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
    const socket = openIcmpv6Socket({
      interface: { index, name },
      types: Object.values(routerDiscoveryType),
      groups: [allRouters],
    });
    const link: WatchedLink = { index, socket, router: undefined, advertiseAt: all.now(), advertisedAt: -never };
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
    if (said?.type !== 'advertisement' || String(link.router) === String(message.source)) continue;
    link.router = message.source;
    all.heard();
  }
}
