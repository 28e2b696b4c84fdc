/**
 * What the engine asks of the kernel's network configuration, and what it changes there.
 *
 * Owns: the requests. Refuses to know: why an address is wanted. Changes made by others arrive by rtnetlink-events.ts, on
 * another socket, because events between the parts of an answer would break both.
 *
 * Source: rtnetlink(7).
 */
import { release } from 'node:os';
import type { Family } from '../../core/ip/address.js';
import {
  type AddressRequest,
  decodeAddress,
  encodeListAddresses,
  encodePutAddress,
  encodeRemoveAddress,
  type InterfaceAddress,
  keepsAddressProtocol,
  readdressPut,
} from './address-message.js';
import { errnoName, errnoOf, LinuxError } from './errno.js';
import {
  decodeLink,
  encodeCreateMacvlan,
  encodeGetLink,
  encodeListLinks,
  encodeRemoveLink,
  encodeSetCarrier,
  encodeSetLink,
  encodeSetLinkUp,
  type Link,
  type LinkSetting,
} from './link-message.js';
import { decodeNeighborMac, encodeGetNeighbor, encodeUseNeighbor, type NeighborName } from './neighbor-message.js';
import type { Acknowledgement } from './netlink-codec.js';
import { type Batch, type NetlinkSocket, openNetlinkSocket, prepareBatches } from './netlink-socket.js';
import {
  type DefaultRoute,
  decodeDefaultRoute,
  decodeRoute,
  encodeGetRoute,
  encodeListRoutes,
  type Route,
} from './route-message.js';

export { type AddressRequest, addressFlag, type InterfaceAddress } from './address-message.js';
export type { Link } from './link-message.js';
export type { DefaultRoute, Route } from './route-message.js';

/** Why the kernel refused one address of a list: `code` is ENODEV, EADDRNOTAVAIL, EACCES (IPv6 is off), EPERM, … */
export interface AddressFailure {
  readonly code: string;
  /** The kernel's own words where it has any, else the code. */
  readonly message: string;
}

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
  const marksKept = keepsAddressProtocol(release());
  const renewals = new WeakMap<readonly AddressRequest[], readonly Batch[]>();
  const examples = new Map<number, Uint8Array>(); // one per family and lifetime in use: a handful

  /** A put of its kind, of whatever address. */
  function examplePut(request: AddressRequest): Uint8Array {
    const kind = request.lifetimeSeconds * 256 + request.address.byteLength;
    const example = examples.get(kind);
    if (example !== undefined) return example;
    const message = encodePutAddress(request);
    examples.set(kind, message);
    return message;
  }

  function putBatches(list: readonly AddressRequest[]): readonly Batch[] {
    return prepareBatches(list.map(examplePut), (bytes, view, at, index) =>
      readdressPut(bytes, view, at, list[index]!),
    );
  }

  function renewalOf(list: readonly AddressRequest[]): readonly Batch[] {
    const known = renewals.get(list);
    if (known !== undefined) return known;
    const batches = putBatches(list);
    renewals.set(list, batches);
    return batches;
  }

  function performAll(batches: readonly Batch[], count: number): readonly (AddressFailure | undefined)[] {
    const failures = new Array<AddressFailure | undefined>(count).fill(undefined);
    socket.execute(batches, (index, refusal) => {
      failures[index] = failureOf(refusal);
    });
    return failures;
  }

  /** Performs one change that must succeed, unless it is refused with the errno `tolerated`. */
  function perform(message: Uint8Array, operation: string, object: string, tolerated?: string): void {
    socket.execute(prepareBatches([message]), (_, { errno, text }) => {
      if (errnoName(errno) === tolerated) return;
      throw new LinuxError({ errno, operation, object, ...(text === undefined ? {} : { detail: text }) });
    });
  }

  function links(interrupted?: () => void): Link[] {
    const { messages, whole } = socket.dump(encodeListLinks());
    const listed = messages.map(decodeLink).filter((link) => link !== undefined);
    if (whole) return listed;
    interrupted?.();
    return [...new Map(listed.map((link) => [link.index, link])).values()];
  }

  function link(which: Parameters<Rtnetlink['link']>[0]): Link | undefined {
    const answer = socket.query(encodeGetLink(which));
    return 'errno' in answer ? undefined : decodeLink(answer); // ENODEV: there is none
  }

  function addresses(interfaceIndex?: number, interrupted?: () => void): InterfaceAddress[] {
    const { messages, whole } = socket.dump(encodeListAddresses(interfaceIndex));
    const listed = messages
      .map((message) => decodeAddress(message, marksKept))
      .filter((address) => address !== undefined)
      .filter((address) => interfaceIndex === undefined || address.interfaceIndex === interfaceIndex);
    if (whole) return listed;
    interrupted?.();
    const nameOf = ({ interfaceIndex, prefixLength, address }: InterfaceAddress) =>
      `${interfaceIndex} ${prefixLength} ${address}`;
    return [...new Map(listed.map((address) => [nameOf(address), address])).values()];
  }

  return {
    links,
    link,
    addresses,
    routeTo(ip, interfaceIndex) {
      const answer = socket.query(encodeGetRoute(ip, interfaceIndex));
      if ('errno' in answer) return undefined; // ENETUNREACH, EHOSTUNREACH, EACCES: no way to it
      const route = decodeRoute(answer);
      if (route !== 'local') return route;
      const holder = addresses().find(({ address }) => Buffer.compare(address, ip) === 0);
      return holder === undefined ? undefined : { interfaceIndex: holder.interfaceIndex, source: holder.address };
    },
    defaultRoute(family) {
      const routes = socket.dump(encodeListRoutes(family)).messages.map(decodeDefaultRoute);
      return routes.filter((route) => route !== undefined).sort((a, b) => a.metric - b.metric)[0];
    },
    neighborMac(neighbor) {
      const answer = socket.query(encodeGetNeighbor(neighbor));
      return 'errno' in answer ? undefined : decodeNeighborMac(answer); // ENOENT; EOPNOTSUPP before Linux 5.0
    },
    useNeighbor(neighbor) {
      socket.execute(prepareBatches([encodeUseNeighbor(neighbor)]), () => {}); // the NIC is going, or takes no neighbours
    },
    putAddresses: (list) => performAll(putBatches(list), list.length),
    renewAddresses(list) {
      let failures = 0;
      socket.execute(renewalOf(list), () => {
        failures++;
      });
      return failures;
    },
    removeAddresses: (list) => performAll(prepareBatches(list.map(encodeRemoveAddress)), list.length),
    createMacvlan(o) {
      perform(encodeCreateMacvlan(o), 'create', `macvlan ${o.name}`);
      const made = link({ name: o.name });
      if (made === undefined)
        throw new LinuxError({ errno: errnoOf('ENODEV'), operation: 'find', object: `macvlan ${o.name}` });
      return made.index;
    },
    setLinkUp: (index, up) =>
      perform(encodeSetLinkUp(index, up), up ? 'switch on' : 'switch off', `interface ${index}`),
    setCarrier: (index, carrier) =>
      perform(
        encodeSetCarrier(index, carrier),
        carrier ? 'give carrier to' : 'take carrier from',
        `interface ${index}`,
      ),
    setLink(index, setting) {
      socket.execute(prepareBatches([encodeSetLink(index, setting)]), () => {});
    },
    removeLink: (index) => perform(encodeRemoveLink(index), 'remove', `interface ${index}`, 'ENODEV'),
    close: () => socket.close(),
  };
}

function failureOf({ errno, text }: Acknowledgement): AddressFailure {
  const code = errnoName(errno);
  return { code, message: text === undefined ? code : `${code}: ${text}` };
}
