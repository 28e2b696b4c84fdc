/**
 * What the engine asks of the kernel's network configuration, and what it changes there.
 *
 * Owns: the requests. Refuses to know: why an address is wanted. Changes made by others arrive by rtnetlink-events.ts, on
 * another socket, because events between the parts of an answer would break both.
 *
 * Source: rtnetlink(7).
 */
import { release } from 'node:os';
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
  encodeSetLinkUp,
  type Link,
} from './link-message.js';
import type { Acknowledgement } from './netlink-codec.js';
import { openNetlinkSocket } from './netlink-socket.js';
import { decodeRoute, encodeGetRoute, type Route } from './route-message.js';

export { type AddressRequest, addressFlag, type InterfaceAddress } from './address-message.js';
export type { Link } from './link-message.js';
export type { Route } from './route-message.js';

/** Why the kernel refused one address of a list: `code` is ENODEV, EADDRNOTAVAIL, EACCES (IPv6 is off), EPERM, … */
export interface AddressFailure {
  readonly code: string;
  /** The kernel's own words where it has any, else the code. */
  readonly message: string;
}

export type AddressName = Pick<AddressRequest, 'interfaceIndex' | 'address'>;

export interface Rtnetlink {
  links(): Link[];
  /** One of them, by index or name: at a cost that does not grow with their number. */
  link(which: { readonly index: number } | { readonly name: string }): Link | undefined;
  /** The IPv4 and IPv6 addresses of one interface, or of all. */
  addresses(interfaceIndex?: number): InterfaceAddress[];
  /** How the kernel would reach `ip` (4 or 16 bytes); an own address is reached by the interface that has it. */
  routeTo(ip: Uint8Array): Route | undefined;
  /**
   * Adds addresses, or renews those that are there. One result per request, in order; undefined is success. A request object
   * is encoded once: pass the same object again to renew at the lowest cost.
   */
  putAddresses(list: readonly AddressRequest[]): readonly (AddressFailure | undefined)[];
  /**
   * Renews as putAddresses does, and like it brings back what somebody removed, but only counts the failures.
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
  /** Removes a virtual link; one that is gone already is no error. */
  removeLink(index: number): void;
  close(): void;
}

/** Opens a socket in the calling thread's network namespace. Throws a LinuxError. */
export function openRtnetlink(): Rtnetlink {
  const socket = openNetlinkSocket();
  const marksKept = keepsAddressProtocol(release());
  const encoded = new WeakMap<AddressRequest, Uint8Array>();
  const examples = new Map<string, Uint8Array>(); // one per family and lifetime in use: a handful

  function putMessage(request: AddressRequest): Uint8Array {
    let message = encoded.get(request);
    if (message === undefined) {
      const kind = `${request.address.byteLength} bytes for ${request.lifetimeSeconds} s`;
      const example = examples.get(kind);
      message = example === undefined ? encodePutAddress(request) : readdressPut(example, request);
      examples.set(kind, message);
      encoded.set(request, message);
    }
    return message;
  }

  function performAll(messages: readonly Uint8Array[]): readonly (AddressFailure | undefined)[] {
    const failures = new Array<AddressFailure | undefined>(messages.length).fill(undefined);
    socket.execute(messages, (index, refusal) => {
      failures[index] = failureOf(refusal);
    });
    return failures;
  }

  /** Performs one change that must succeed, unless it is refused with the errno `tolerated`. */
  function perform(message: Uint8Array, operation: string, object: string, tolerated?: string): void {
    socket.execute([message], (_, { errno, text }) => {
      if (errnoName(errno) === tolerated) return;
      throw new LinuxError({ errno, operation, object, ...(text === undefined ? {} : { detail: text }) });
    });
  }

  function links(): Link[] {
    return socket
      .dump(encodeListLinks())
      .map(decodeLink)
      .filter((link) => link !== undefined);
  }

  function link(which: Parameters<Rtnetlink['link']>[0]): Link | undefined {
    const answer = socket.query(encodeGetLink(which));
    return 'errno' in answer ? undefined : decodeLink(answer); // ENODEV: there is none
  }

  function addresses(interfaceIndex?: number): InterfaceAddress[] {
    return socket
      .dump(encodeListAddresses(interfaceIndex))
      .map((message) => decodeAddress(message, marksKept))
      .filter((address) => address !== undefined)
      .filter((address) => interfaceIndex === undefined || address.interfaceIndex === interfaceIndex);
  }

  return {
    links,
    link,
    addresses,
    routeTo(ip) {
      const answer = socket.query(encodeGetRoute(ip));
      if ('errno' in answer) return undefined; // ENETUNREACH, EHOSTUNREACH, EACCES: no way to it
      const route = decodeRoute(answer);
      if (route !== 'local') return route;
      const holder = addresses().find(({ address }) => Buffer.compare(address, ip) === 0);
      return holder === undefined ? undefined : { interfaceIndex: holder.interfaceIndex, source: holder.address };
    },
    putAddresses: (list) => performAll(list.map(putMessage)),
    renewAddresses(list) {
      let failures = 0;
      socket.execute(list.map(putMessage), () => {
        failures++;
      });
      return failures;
    },
    removeAddresses: (list) => performAll(list.map(encodeRemoveAddress)),
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
    removeLink: (index) => perform(encodeRemoveLink(index), 'remove', `interface ${index}`, 'ENODEV'),
    close: () => socket.close(),
  };
}

function failureOf({ errno, text }: Acknowledgement): AddressFailure {
  const code = errnoName(errno);
  return { code, message: text === undefined ? code : `${code}: ${text}` };
}
