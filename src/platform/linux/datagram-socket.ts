/**
 * A UDP socket for protocols of one hop: datagrams out with TTL or hop limit 255, and in only with that, which nobody beyond the link can
 * send (RFC 5082); for neighbours that are farther away with as much as is left on the way.
 *
 * Owns: the socket and what the kernel tells beside a datagram. Refuses to know: what a datagram means.
 *
 * The kernel itself drops what has a lower hop limit, so a flood from elsewhere wakes nobody. A socket that is connected takes in only
 * what its neighbour sends; with port 0 from whatever port. Sockets share their port with others of this kind: the one that
 * fits a datagram best gets it.
 *
 * Source: udp(7), ip(7), ipv6(7), socket(7); SO_TIMESTAMPNS: Documentation/networking/timestamping.rst; which socket gets a datagram:
 * `compute_score` of net/ipv4/udp.c and net/ipv6/udp.c.
 */
import type { Family } from '../../core/ip/address.js';
import type { Micros } from '../../core/time.js';
import { monotonicMicros, utcMicros } from './clock.js';
import { check, errnoOf } from './errno.js';
import { hopLimitFilterProgram } from './packet-filter.js';
import {
  AF_INET,
  AF_INET6,
  anyAddress,
  decodeSocketAddress,
  encodeSocketAddress,
  roomForAddress,
  type SocketAddress,
} from './socket-address.js';
import {
  attachFilter,
  bind,
  close,
  connect,
  controlLength,
  getsockname,
  getsockopt,
  messageBuffer,
  recvmsg,
  send,
  sendto,
  setsockopt,
  setsockoptInt,
  socket,
} from './sys.js';

const SOCK_DGRAM_NONBLOCK_CLOEXEC = 2 | 0o4000 | 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_RCVBUF = 8;
const SO_PRIORITY = 12;
const SO_BINDTODEVICE = 25;
const SO_TIMESTAMPNS = 35;
const SO_MEMINFO = 55;
const SK_MEMINFO_DROPS = 8;
const IPPROTO_IP = 0;
const IP_TOS = 1;
const IP_TTL = 2;
const IP_PKTINFO = 8;
const IP_RECVTTL = 12;
const IPPROTO_IPV6 = 41;
const IPV6_UNICAST_HOPS = 16;
const IPV6_V6ONLY = 26;
const IPV6_RECVPKTINFO = 49;
const IPV6_PKTINFO = 50;
const IPV6_RECVHOPLIMIT = 51;
const IPV6_HOPLIMIT = 52;
const IPV6_TCLASS = 67;
const MSG_DONTWAIT = 0x40;
const MSG_TRUNC = 0x20;
const hopLimit = 255;
/** CS6, network control. */
const trafficClass = 0xc0;
/** TC_PRIO_CONTROL, as for adverts. */
const controlPriority = 7;
/** Room for some eighty small datagrams, as the kernel counts: what one neighbour sends in a second at 12 ms. */
const receiveBufferBytes = 1 << 16;
/** A pending error, such as that of an ICMP message, is taken off by reading; more than these at once are not believed. */
const errorsAtOnce = 4;
const EAGAIN = errnoOf('EAGAIN');

/** The longest payload that is read whole. */
export const datagramLength = 256;

/** One datagram. It is overwritten by the next. */
export interface ReceivedDatagram {
  /** Exactly the payload, up to `datagramLength`. */
  payload: Uint8Array;
  source: SocketAddress;
  hopLimit: number | undefined;
  /** Index of the interface that it came in by; 0 when the kernel did not say. */
  interfaceIndex: number;
  /** When the kernel took it in, by the engine's clock. */
  at: Micros;
}

export interface DatagramSocket {
  readonly fd: number;
  /** What it is bound to by now: the kernel chose what was not given. */
  readonly local: SocketAddress;
  /** Reads one datagram; undefined when there is none now. Never throws. */
  receive(): ReceivedDatagram | undefined;
  /** Sends to the neighbour it is connected to. 0, or a negative errno. */
  send(payload: Uint8Array): number;
  sendTo(payload: Uint8Array, to: SocketAddress): number;
  /** What the kernel dropped since it was opened: too low a hop limit, or no room. */
  drops(): number;
  close(): void;
}

/**
 * Opens a socket.
 *
 * @param o.address ours; absent: any, or for a connected one that which the kernel sends from
 * @param o.interface where datagrams come in and go out; absent: any
 * @param o.leastHopLimit of datagrams that are taken, 1..255: 255 when absent, those of this link
 * @param o.remote the only neighbour; of port 0: whatever port it sends from, and nothing can be sent there
 * @throws LinuxError EADDRINUSE (somebody holds the port for itself), EADDRNOTAVAIL, ENODEV, ENETUNREACH, …
 */
export function openDatagramSocket(o: {
  readonly family: Family;
  readonly port: number;
  readonly address?: Uint8Array | undefined;
  readonly interface?: { readonly index: number; readonly name: string } | undefined;
  readonly remote?: { readonly address: Uint8Array; readonly port: number } | undefined;
  readonly leastHopLimit?: number;
}): DatagramSocket {
  const scope = o.interface?.index ?? 0;
  const object = `UDP port ${o.port} of IPv${o.family}${o.interface ? ` on ${o.interface.name}` : ''}`;
  const fd = check(socket(o.family === 4 ? AF_INET : AF_INET6, SOCK_DGRAM_NONBLOCK_CLOEXEC, 0), 'open', object);
  try {
    check(
      attachFilter(fd, hopLimitFilterProgram(o.family, o.leastHopLimit ?? hopLimit)),
      'attach the filter of',
      object,
    );
    check(setsockoptInt(fd, SOL_SOCKET, SO_REUSEADDR, 1), 'share', object);
    setsockoptInt(fd, SOL_SOCKET, SO_RCVBUF, receiveBufferBytes / 2); // the kernel doubles it
    setsockoptInt(fd, SOL_SOCKET, SO_PRIORITY, controlPriority);
    check(setsockoptInt(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1), 'ask for times of', object);
    for (const [level, option, value] of familyOptions[o.family]) {
      check(setsockoptInt(fd, level, option, value), `set option ${option} of`, object);
    }
    if (o.interface) {
      const name = new TextEncoder().encode(`${o.interface.name}\0`);
      check(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name), 'bind to its interface', object);
    }
    const address = encodeSocketAddress({ address: o.address ?? anyAddress(o.family), port: o.port, scope });
    check(bind(fd, address), 'bind', object);
    if (o.remote) check(connect(fd, encodeSocketAddress({ ...o.remote, scope })), 'connect', object);
  } catch (error) {
    close(fd);
    throw error;
  }
  return datagramSocket(fd, o.remote !== undefined && o.remote.port > 0);
}

const familyOptions: Readonly<Record<Family, readonly (readonly [level: number, option: number, value: number])[]>> = {
  4: [
    [IPPROTO_IP, IP_TTL, hopLimit],
    [IPPROTO_IP, IP_TOS, trafficClass],
    [IPPROTO_IP, IP_RECVTTL, 1],
    [IPPROTO_IP, IP_PKTINFO, 1],
  ],
  6: [
    [IPPROTO_IPV6, IPV6_V6ONLY, 1],
    [IPPROTO_IPV6, IPV6_UNICAST_HOPS, hopLimit],
    [IPPROTO_IPV6, IPV6_TCLASS, trafficClass],
    [IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1],
    [IPPROTO_IPV6, IPV6_RECVPKTINFO, 1],
  ],
};

/** @param isConnected everything comes from the same port: who that is needs to be read but once */
function datagramSocket(fd: number, isConnected: boolean): DatagramSocket {
  const message = messageBuffer(datagramLength, 128);
  const control = new DataView(message.control.buffer);
  const name = new Uint8Array(28);
  getsockname(fd, name);
  const memory = new Uint8Array(36);
  let neighbor: SocketAddress | undefined;
  const local = decodeSocketAddress(name);
  const recipient = roomForAddress(local.address.length === 4 ? 4 : 6);
  return {
    fd,
    local,
    receive() {
      for (let errors = 0; errors < errorsAtOnce; errors++) {
        const length = recvmsg(fd, message, MSG_DONTWAIT | MSG_TRUNC);
        if (length === -EAGAIN) return undefined;
        if (length < 0) continue;
        const now = monotonicMicros();
        const utcNow = utcMicros();
        const source: SocketAddress = neighbor ?? decodeSocketAddress(message.name);
        if (isConnected) neighbor = source;
        const received: ReceivedDatagram = {
          payload: message.payload.subarray(0, Math.min(length, datagramLength)),
          source,
          hopLimit: undefined,
          interfaceIndex: 0,
          at: now,
        };
        readControl(control, controlLength(message), received, utcNow);
        return received;
      }
      return undefined;
    },
    send: (payload) => Math.min(send(fd, payload, payload.byteLength, MSG_DONTWAIT), 0),
    sendTo: (payload, to) => Math.min(sendto(fd, payload, MSG_DONTWAIT, encodeSocketAddress(to, recipient)), 0),
    drops() {
      const length = getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory);
      return length < memory.byteLength ? 0 : new DataView(memory.buffer).getUint32(SK_MEMINFO_DROPS * 4, true);
    },
    close: () => void close(fd),
  };
}

/** Reads the sequence of struct cmsghdr { size_t length; int level; int type }, each followed by its data and aligned to 8 bytes. */
function readControl(view: DataView, end: number, received: ReceivedDatagram, utcNow: Micros): void {
  for (let at = 0; at + 16 <= end; ) {
    const length = view.getUint32(at, true);
    if (length < 16 || at + length > end) return;
    const [level, type, data] = [view.getInt32(at + 8, true), view.getInt32(at + 12, true), at + 16];
    if (level === SOL_SOCKET && type === SO_TIMESTAMPNS) received.at -= ageOf(view, data, utcNow);
    else if (level === IPPROTO_IP && type === IP_TTL) received.hopLimit = view.getInt32(data, true);
    else if (level === IPPROTO_IP && type === IP_PKTINFO) received.interfaceIndex = view.getInt32(data, true);
    else if (level === IPPROTO_IPV6 && type === IPV6_HOPLIMIT) received.hopLimit = view.getInt32(data, true);
    else if (level === IPPROTO_IPV6 && type === IPV6_PKTINFO) received.interfaceIndex = view.getInt32(data + 16, true);
    at += (length + 7) & ~7;
  }
}

/**
 * How long ago the kernel took it in. Its stamp is of UTC, which may be set in between: nothing is from the future, and nobody judges by
 * what waited for longer than `longestAge`.
 */
function ageOf(view: DataView, at: number, utcNow: Micros): Micros {
  const stamp = view.getUint32(at, true) * 1e6 + view.getUint32(at + 8, true) / 1e3; // until 2106, as the clock
  return Math.min(Math.max(utcNow - stamp, 0), longestAge);
}

const longestAge: Micros = 10_000_000;
