/**
 * A raw ICMPv6 socket on one interface, for some types of messages: what is sent has hop limit 255, and of what arrives that is told. The
 * kernel makes and judges checksums.
 *
 * Source: RFC 3542 3.1, 3.2 (filter: a bit that is set blocks a type); raw(7), ipv6(7).
 */
import { check, errnoOf } from './errno.js';
import { AF_INET6, decodeSocketAddress, encodeSocketAddress } from './socket-address.js';
import { close, controlLength, messageBuffer, recvmsg, sendto, setsockopt, setsockoptInt, socket } from './sys.js';

const SOCK_RAW_NONBLOCK_CLOEXEC = 3 | 0o4000 | 0o2000000;
const IPPROTO_ICMPV6 = 58;
const ICMPV6_FILTER = 1;
const SOL_SOCKET = 1;
const SO_BINDTODEVICE = 25;
const IPPROTO_IPV6 = 41;
const IPV6_UNICAST_HOPS = 16;
const IPV6_MULTICAST_IF = 17;
const IPV6_MULTICAST_HOPS = 18;
const IPV6_MULTICAST_LOOP = 19;
const IPV6_ADD_MEMBERSHIP = 20;
const IPV6_RECVHOPLIMIT = 51;
const IPV6_HOPLIMIT = 52;
const MSG_DONTWAIT = 0x40;
const EAGAIN = errnoOf('EAGAIN');
/** Longer messages are cut: nothing in them is of use here. */
const longestMessage = 1500;

export interface Icmpv6Message {
  /** Valid until the next one is received. */
  readonly payload: Uint8Array;
  readonly source: Uint8Array;
  readonly hopLimit: number | undefined;
}

export interface Icmpv6Socket {
  readonly fd: number;
  /** Undefined when there is none now, or the interface is gone. */
  receive(): Icmpv6Message | undefined;
  /** 0, or a negative errno. */
  send(payload: Uint8Array, to: Uint8Array): number;
  close(): void;
}

/** Opens one. Throws a LinuxError: ENODEV, EPERM, EAFNOSUPPORT, ... */
export function openIcmpv6Socket(o: {
  readonly interface: { readonly index: number; readonly name: string };
  /** 0..255 each. */
  readonly types: readonly number[];
  /** Groups to take part in, 16 bytes each. */
  readonly groups: readonly Uint8Array[];
}): Icmpv6Socket {
  const { index, name } = o.interface;
  const object = `ICMPv6 socket on ${name}`;
  const fd = check(socket(AF_INET6, SOCK_RAW_NONBLOCK_CLOEXEC, IPPROTO_ICMPV6), 'open', object);
  try {
    check(setsockopt(fd, IPPROTO_ICMPV6, ICMPV6_FILTER, filterOf(o.types)), 'set the filter of', object);
    check(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, new TextEncoder().encode(`${name}\0`)), 'bind', object);
    const options = [
      [IPV6_UNICAST_HOPS, 255],
      [IPV6_MULTICAST_HOPS, 255],
      [IPV6_MULTICAST_IF, index],
      [IPV6_MULTICAST_LOOP, 0],
      [IPV6_RECVHOPLIMIT, 1],
    ] as const;
    for (const [option, value] of options)
      check(setsockoptInt(fd, IPPROTO_IPV6, option, value), `set option ${option} of`, object);
    for (const group of o.groups) {
      const membership = Uint8Array.of(...group, ...new Uint8Array(Uint32Array.of(index).buffer));
      check(setsockopt(fd, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, membership), 'join a group with', object);
    }
  } catch (error) {
    close(fd);
    throw error;
  }
  const message = messageBuffer(longestMessage, 128);
  return {
    fd,
    receive() {
      const length = recvmsg(fd, message, MSG_DONTWAIT);
      if (length === -EAGAIN || length < 0) return undefined;
      const { address: source } = decodeSocketAddress(message.name);
      const hopLimit = hopLimitIn(message.control.subarray(0, controlLength(message)));
      return { payload: message.payload.subarray(0, length), source, hopLimit };
    },
    send(payload, to) {
      return Math.min(
        sendto(fd, payload, MSG_DONTWAIT, encodeSocketAddress({ address: to, port: 0, scope: index })),
        0,
      );
    },
    close: () => void close(fd),
  };
}

function filterOf(types: readonly number[]): Uint8Array {
  const blocked = new Uint32Array(8).fill(0xffff_ffff);
  for (const type of types) blocked[type >> 5]! &= ~(1 << (type & 31));
  return new Uint8Array(blocked.buffer);
}

/** Of struct cmsghdr { size_t length; int level; int type }, each aligned to 8 bytes. */
function hopLimitIn(control: Uint8Array): number | undefined {
  const view = new DataView(control.buffer, control.byteOffset, control.byteLength);
  for (let at = 0; at + 20 <= control.byteLength; ) {
    const length = view.getUint32(at, true);
    if (length < 16) return undefined;
    const [level, type] = [view.getInt32(at + 8, true), view.getInt32(at + 12, true)];
    if (level === IPPROTO_IPV6 && type === IPV6_HOPLIMIT) return view.getInt32(at + 16, true);
    at += (length + 7) & ~7;
  }
  return undefined;
}
