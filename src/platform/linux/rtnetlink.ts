/**
 * What the engine asks of the kernel's network configuration, and what it changes there.
 *
 * Owns: the requests. Refuses to know: why an address is wanted. Changes made by others arrive by rtnetlink-events.ts, on
 * another socket, because events between the parts of an answer would break both.
 *
 * Source: rtnetlink(7).
 */
import type { Family } from '../../core/ip/address.js';
import type { AddressRequest, InterfaceAddress } from './address-message.js';
import { encodeSetLink, type Link, type LinkSetting } from './link-message.js';
import { encodeUseNeighbor, type NeighborName } from './neighbor-message.js';
import { type NetlinkSocket, openNetlinkSocket } from './netlink-socket.js';
import type { DefaultRoute, Route } from './route-message.js';
import {
  addressRequests,
  listAddresses,
  putAddresses,
  removeAddresses,
  renewAddresses,
} from './rtnetlink/addresses.js';
import { createMacvlan, linkOf, listLinks, removeLink, setCarrier, setLinkUp } from './rtnetlink/links.js';
import { putLocalRoutes, removeLocalRoutes } from './rtnetlink/local-routes.js';
import { type AddressFailure, attempt } from './rtnetlink/requests.js';
import { defaultRoute, neighborMac, routeTo } from './rtnetlink/routes.js';

export { type AddressRequest, addressFlag, type InterfaceAddress } from './address-message.js';
export type { Link } from './link-message.js';
export type { DefaultRoute, Route } from './route-message.js';
export type { AddressFailure } from './rtnetlink/requests.js';

export type AddressName = Pick<AddressRequest, 'interfaceIndex' | 'address'>;

export interface Rtnetlink {
  /**
   * All links.
   *
   * @param interrupted called when others changed them all the while: then something may be missing, and something may be there no more.
   *   The announcements that follow say what was changed, and a list made later what was left out.
   */
  links(interrupted?: () => void): Link[];
  /** One of them, by index or name: at a cost that does not grow with their number. */
  link(which: { readonly index: number } | { readonly name: string }): Link | undefined;
  /** The IPv4 and IPv6 addresses of one interface, or of all; `interrupted` as for the links. */
  addresses(interfaceIndex?: number, interrupted?: () => void): InterfaceAddress[];
  /**
   * How the kernel would reach `ip` (4 or 16 bytes), by `interfaceIndex` where that is given; an own address is reached by the interface
   * that has it.
   */
  routeTo(ip: Uint8Array, interfaceIndex?: number): Route | undefined;
  /** The best default route of the main table that goes through a gateway. It costs what there are routes. */
  defaultRoute(family: Family): DefaultRoute | undefined;
  /** The link-layer address of a neighbour, as far as the kernel knows it. */
  neighborMac(neighbor: NeighborName): Uint8Array | undefined;
  /** Has the kernel find out that address, or make sure of it, as if it sent a packet there. What comes of it is seen later. */
  useNeighbor(neighbor: NeighborName): void;
  /**
   * Adds addresses, or renews those that are there. One result per request, in order; undefined is success.
   */
  putAddresses(list: readonly AddressRequest[]): readonly (AddressFailure | undefined)[];
  /**
   * Renews as putAddresses does, and like it brings back what somebody removed, but only counts the failures. A list is encoded once: pass
   * the same one again to renew at the lowest cost.
   */
  renewAddresses(list: readonly AddressRequest[]): number;
  /** Removes addresses. One that is not there fails with EADDRNOTAVAIL. */
  removeAddresses(list: readonly AddressName[]): readonly (AddressFailure | undefined)[];
  /**
   * Makes this host take in packets for IPv4 addresses, and answer ARP for them, before an interface has them: until removeLocalRoutes(), or
   * until `anchor` is gone, an address that this host has. The addresses are not those of the anchor's own list. Results as of putAddresses.
   */
  putLocalRoutes(anchor: AddressName, addresses: readonly Uint8Array[]): readonly (AddressFailure | undefined)[];
  /** Takes them away again. One that is not there fails with ESRCH. */
  removeLocalRoutes(addresses: readonly Uint8Array[]): readonly (AddressFailure | undefined)[];
  /** Makes a macvlan in private mode, down, and returns its index. Throws a LinuxError: EEXIST, ENODEV, … */
  createMacvlan(o: { name: string; parentIndex: number; mac: Uint8Array }): number;
  setLinkUp(index: number, up: boolean): void;
  /**
   * Takes a virtual link's carrier away (`ip link set protodown on`) or gives it back: soon, usually within a millisecond, it sends nothing
   * more, but it takes in what arrives. Throws a LinuxError: EOPNOTSUPP (not for this kind of link in this kernel), ENODEV, …
   */
  setCarrier(index: number, carrier: boolean): void;
  /** Changes a setting of a link, unless the kernel refuses: then it stays as it is. */
  setLink(index: number, setting: LinkSetting): void;
  /** Removes a virtual link; one that is gone already is no error. */
  removeLink(index: number): void;
  close(): void;
}

/** Opens a socket in the calling thread's network namespace, unless it is given one. Throws a LinuxError. */
export function openRtnetlink(socket: NetlinkSocket = openNetlinkSocket()): Rtnetlink {
  const requests = addressRequests(socket);
  return {
    links: (interrupted) => listLinks(socket, interrupted),
    link: (which) => linkOf(socket, which),
    addresses: (interfaceIndex, interrupted) => listAddresses(requests, interfaceIndex, interrupted),
    routeTo: (ip, interfaceIndex) => routeTo(requests, ip, interfaceIndex),
    defaultRoute: (family) => defaultRoute(socket, family),
    neighborMac: (neighbor) => neighborMac(socket, neighbor),
    useNeighbor: (neighbor) => attempt(socket, encodeUseNeighbor(neighbor)), // the NIC is going, or takes no neighbours
    putAddresses: (list) => putAddresses(requests, list),
    renewAddresses: (list) => renewAddresses(requests, list),
    removeAddresses: (list) => removeAddresses(requests, list),
    putLocalRoutes: (anchor, list) => putLocalRoutes(socket, anchor, list),
    removeLocalRoutes: (list) => removeLocalRoutes(socket, list),
    createMacvlan: (o) => createMacvlan(socket, o),
    setLinkUp: (index, up) => setLinkUp(socket, index, up),
    setCarrier: (index, carrier) => setCarrier(socket, index, carrier),
    setLink: (index, setting) => attempt(socket, encodeSetLink(index, setting)),
    removeLink: (index) => removeLink(socket, index),
    close: () => socket.close(),
  };
}
