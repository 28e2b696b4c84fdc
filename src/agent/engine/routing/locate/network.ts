/**
 * What the speaker must know of the node's network: where routers are that have no fixed address, and when another attempt to connect
 * may do better.
 */
import { type Family, familyOf } from '../../../../core/ip/address.js';
import type { Micros } from '../../../../core/time.js';
import { never } from '../../../../core/time.js';
import { openIcmpv6Socket } from '../../../../platform/linux/icmpv6-socket.js';
import type { Poller } from '../../../../platform/linux/poller.js';
import type { DefaultRoute, Rtnetlink } from '../../../../platform/linux/rtnetlink.js';
import { openRtnetlinkEvents, type RtnetlinkEvents } from '../../../../platform/linux/rtnetlink-events.js';
import {
  type AdvertisingRouters,
  advertiseDeadline,
  advertiseDue,
  linkLost,
  routerHeardOn,
  watchLinks,
  watchNoLinks,
} from './advertising-routers.js';

/** What of the network matters to the configuration. */
export interface Interest {
  /** NICs whose advertising routers are asked for. */
  readonly interfaces: readonly string[];
  readonly defaultGateways: readonly Family[];
}

/** - `up`: a link can be used that could not before. - `changed`: anything else may have changed. */
export type NetworkChange = 'up' | 'changed';

/** Where the kernel's sockets come from. */
export interface NetworkSockets {
  readonly events: typeof openRtnetlinkEvents;
  readonly icmpv6: typeof openIcmpv6Socket;
}

export interface Network {
  readonly poller: Poller;
  readonly now: () => Micros;
  readonly rtnetlink: Pick<Rtnetlink, 'link' | 'links' | 'addresses' | 'defaultRoute'>;
  readonly tell: (change: NetworkChange) => void;
  readonly sockets: NetworkSockets;
  interest: Interest;
  events: RtnetlinkEvents;
  /** Whether `events` tells of routes: on a node with many, not unless somebody asks. */
  hearsRoutes: boolean;
  /** Links that can be used, by index. */
  readonly running: Set<number>;
  readonly routers: AdvertisingRouters;
  readonly gateways: Map<Family, DefaultRoute>;
  /** When to look again at what has changed, as the kernel or a router announced; `never` when nothing has. */
  lookAt: Micros;
  up: boolean;
}

/** Changes come in bursts: a look costs a list of routes, and whoever is told lists addresses. */
const gatherFor: Micros = 200_000;

export function openNetwork(
  poller: Poller,
  now: () => Micros,
  rtnetlink: Network['rtnetlink'],
  tell: Network['tell'],
  sockets: NetworkSockets = { events: openRtnetlinkEvents, icmpv6: openIcmpv6Socket },
): Network {
  const network: Network = {
    poller,
    now,
    rtnetlink,
    tell,
    sockets,
    interest: { interfaces: [], defaultGateways: [] },
    events: sockets.events(),
    hearsRoutes: false,
    running: new Set(),
    routers: watchNoLinks(poller, now, () => lookSoon(network), sockets.icmpv6),
    gateways: new Map(),
    lookAt: never,
    up: false,
  };
  listLinks(network);
  network.up = false; // those were there before
  poller.add(network.events.fd, () => hear(network));
  return network;
}

/** Gives its descriptors back. */
export function closeNetwork({ events, routers }: Network): void {
  events.close();
  watchLinks(routers, new Map());
}

/** From now on this matters, and nothing else. */
export function setInterest(network: Network, interest: Interest): void {
  network.interest = interest;
  const routes = interest.defaultGateways.length > 0;
  if (routes !== network.hearsRoutes) {
    network.poller.remove(network.events.fd);
    network.events.close();
    network.events = network.sockets.events({ routes });
    network.hearsRoutes = routes;
    network.poller.add(network.events.fd, () => hear(network));
  }
  look(network);
}

/** Where the advertising router of a NIC is. */
export function advertisingRouter({ routers }: Network, name: string): Uint8Array | undefined {
  return routerHeardOn(routers, name);
}

/** Where the default route goes. */
export function gatewayOf({ gateways }: Network, family: Family): DefaultRoute | undefined {
  return gateways.get(family);
}

export function networkDeadline({ lookAt, routers }: Network): Micros {
  return Math.min(lookAt, advertiseDeadline(routers));
}

/** Looks again where something has changed, and advertises what is due. */
export function networkTurn(network: Network): void {
  if (network.now() >= network.lookAt) {
    network.lookAt = never;
    look(network);
    network.tell(network.up ? 'up' : 'changed');
    network.up = false;
  }
  advertiseDue(network.routers);
}

function look({ interest, rtnetlink, gateways, routers }: Network): void {
  gateways.clear();
  for (const family of interest.defaultGateways) {
    const route = rtnetlink.defaultRoute(family);
    if (route && familyOf(route.gateway) === family) gateways.set(family, route);
  }
  const links = interest.interfaces.flatMap((name) => {
    const link = rtnetlink.link({ name });
    return link ? [[name, link.index] as const] : [];
  });
  watchLinks(routers, new Map(links));
}

function hear(network: Network): void {
  const { events, overrun, routes } = network.events.read();
  if (overrun) listLinks(network);
  for (const event of events) if (event.type === 'link') noteLink(network, event.link, event.removed);
  if (overrun || routes || events.length > 0) lookSoon(network);
}

function lookSoon(network: Network): void {
  network.lookAt = Math.min(network.lookAt, network.now() + gatherFor);
}

function listLinks(network: Network): void {
  const links = network.rtnetlink.links();
  for (const link of links) noteLink(network, link, false);
  const there = new Set(links.map(({ index }) => index));
  for (const index of network.running) if (!there.has(index)) network.running.delete(index);
}

function noteLink(network: Network, { index, running }: { index: number; running: boolean }, removed: boolean): void {
  if (removed || !running) {
    network.running.delete(index);
    linkLost(network.routers, index);
  } else if (!network.running.has(index)) {
    network.running.add(index);
    network.up = true;
  }
}
