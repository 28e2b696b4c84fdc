/**
 * Addresses of IP as sockets name them. Source: ip(7), ipv6(7).
 */
import type { Family } from '../../core/ip/address.js';

export const AF_INET = 2;
export const AF_INET6 = 10;

export interface SocketAddress {
  /** 4 or 16 bytes. */
  readonly address: Uint8Array;
  readonly port: number;
  /** Index of the interface that a link-local address is on; 0 elsewhere. */
  readonly scope: number;
}

/** Room for an address of that family: struct sockaddr_in or sockaddr_in6. */
export function roomForAddress(family: Family): Uint8Array {
  return new Uint8Array(family === 4 ? 16 : 28);
}

/**
 * struct sockaddr_in or sockaddr_in6.
 *
 * @param bytes where to: room for that family. What is sent to somebody a hundred times a second is encoded into the same, since to make
 *   and to collect it took ten times as long (20 us)
 */
export function encodeSocketAddress(
  { address, port, scope }: SocketAddress,
  bytes = roomForAddress(address.byteLength === 4 ? 4 : 6),
): Uint8Array {
  const isIpv4 = address.byteLength === 4;
  bytes[0] = isIpv4 ? AF_INET : AF_INET6;
  bytes[2] = port >> 8;
  bytes[3] = port & 0xff;
  bytes.set(address, isIpv4 ? 4 : 8);
  for (let at = 0; at < (isIpv4 ? 0 : 4); at++) bytes[24 + at] = (scope >>> (8 * at)) & 0xff;
  return bytes;
}

/** What the kernel wrote; the address is a copy. */
export function decodeSocketAddress(bytes: Uint8Array): SocketAddress {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isIpv4 = view.getUint16(0, true) === AF_INET;
  return {
    address: isIpv4 ? bytes.slice(4, 8) : bytes.slice(8, 24),
    port: view.getUint16(2),
    scope: isIpv4 ? 0 : view.getUint32(24, true),
  };
}

/** The address that stands for any of this host's. */
export function anyAddress(family: Family): Uint8Array {
  return new Uint8Array(family === 4 ? 4 : 16);
}
