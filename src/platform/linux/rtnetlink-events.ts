/**
 * Changes of links, addresses and routes as the kernel announces them.
 *
 * Owns: a multicast netlink socket of its own. Announcements can be lost when they come faster than they are read; the kernel
 * says so (ENOBUFS) and the reader must then list everything again. Renewals of our own leases, which the kernel announces
 * like any other change, are filtered out in the kernel: a thousand leases would wake the engine a thousand times a second.
 *
 * Source: rtnetlink(7), netlink(7) (ENOBUFS), linux/rtnetlink.h RTNLGRP_*, Documentation/networking/filter.rst (nla).
 */
import { release } from 'node:os';
import { decodeAddress, type InterfaceAddress, keepsAddressProtocol } from './address-message.js';
import { check, errnoOf } from './errno.js';
import { leaseRenewalFilterProgram } from './lease-renewal-filter.js';
import { decodeLink, type Link } from './link-message.js';
import { decodeMessages, messageType, type NetlinkMessage } from './netlink-codec.js';
import { attachFilter, bind, close, recv, setsockoptInt, socket } from './sys.js';

const AF_NETLINK = 16;
const SOCK_RAW_NONBLOCK_CLOEXEC = 3 | 0o4000 | 0o2000000;
const NETLINK_ROUTE = 0;
const SOL_SOCKET = 1;
const SO_RCVBUFFORCE = 33;
const SOL_NETLINK = 270;
const NETLINK_ADD_MEMBERSHIP = 1;
const group = { link: 1, ipv4Address: 5, ipv4Route: 7, ipv6Address: 9, ipv6Route: 11 } as const;
const MSG_DONTWAIT = 0x40;
const forcedReceiveBufferBytes = 8 << 20;
/** Announcements taken per read(), so that a storm cannot hold up adverts; the rest stays readable. */
const readLimit = 128;

export interface LinkEvent {
  readonly type: 'link';
  readonly removed: boolean;
  readonly link: Link;
}

export interface AddressEvent {
  readonly type: 'address';
  readonly removed: boolean;
  readonly address: InterfaceAddress;
}

export type NetworkEvent = LinkEvent | AddressEvent;

/** What one read() took. */
export interface NetworkNews {
  readonly events: readonly NetworkEvent[];
  /** Some route came or went: ask routeTo() again. */
  readonly routes: boolean;
  /** Announcements were lost: list everything again. */
  readonly overrun: boolean;
}

export interface RtnetlinkEvents {
  readonly fd: number;
  /** What happened since the last read, in order; never blocks. */
  read(): NetworkNews;
  close(): void;
}

/**
 * Subscribes to links and addresses, and to routes when `routes` is set (a router with full BGP tables announces many), in the
 * calling thread's namespace. `receiveBufferBytes` is for tests. Throws a LinuxError.
 */
export function openRtnetlinkEvents(o: { routes?: boolean; receiveBufferBytes?: number } = {}): RtnetlinkEvents {
  const object = 'rtnetlink event socket';
  const fd = check(socket(AF_NETLINK, SOCK_RAW_NONBLOCK_CLOEXEC, NETLINK_ROUTE), 'open', object);
  const groups: number[] = [group.link, group.ipv4Address, group.ipv6Address];
  if (o.routes === true) groups.push(group.ipv4Route, group.ipv6Route);
  try {
    setsockoptInt(fd, SOL_SOCKET, SO_RCVBUFFORCE, o.receiveBufferBytes ?? forcedReceiveBufferBytes);
    check(attachFilter(fd, leaseRenewalFilterProgram()), 'attach the filter of', object);
    check(bind(fd, Uint8Array.of(AF_NETLINK, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)), 'bind', object);
    for (const id of groups) check(setsockoptInt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, id), 'subscribe', object);
  } catch (error) {
    close(fd);
    throw error;
  }
  const buffer = new Uint8Array(64 * 1024);
  const marksKept = keepsAddressProtocol(release());
  const nothingLeft = -errnoOf('EAGAIN');
  const lost = -errnoOf('ENOBUFS');
  const interrupted = -errnoOf('EINTR');

  return {
    fd,
    read() {
      const events: NetworkEvent[] = [];
      let overrun = false;
      let routes = false;
      for (let taken = 0; taken < readLimit; taken++) {
        const length = recv(fd, buffer, MSG_DONTWAIT);
        if (length === nothingLeft) break;
        if (length === lost) overrun = true;
        else if (length !== interrupted) {
          check(length, 'receive from', object);
          for (const message of decodeMessages(buffer.subarray(0, length))) {
            if (message.type === messageType.newRoute || message.type === messageType.delRoute) routes = true;
            const event = eventOf(message, marksKept);
            if (event !== undefined) events.push(event);
          }
        }
      }
      return { events, routes, overrun };
    },
    close: () => void close(fd),
  };
}

function eventOf(message: NetlinkMessage, marksKept: boolean): NetworkEvent | undefined {
  switch (message.type) {
    case messageType.newLink:
    case messageType.delLink: {
      const link = decodeLink(message);
      return link && { type: 'link', removed: message.type === messageType.delLink, link };
    }
    case messageType.newAddress:
    case messageType.delAddress: {
      const address = decodeAddress(message, marksKept);
      return address && { type: 'address', removed: message.type === messageType.delAddress, address };
    }
    default:
      return undefined;
  }
}
