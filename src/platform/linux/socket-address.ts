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

/** struct sockaddr_in or sockaddr_in6. */
export function encodeSocketAddress({ address, port, scope }: SocketAddress): Uint8Array {
  const isIpv4 = address.byteLength === 4;
  const bytes = new Uint8Array(isIpv4 ? 16 : 28);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, isIpv4 ? AF_INET : AF_INET6, true);
  view.setUint16(2, port);
  bytes.set(address, isIpv4 ? 4 : 8);
  if (!isIpv4) view.setUint32(24, scope, true);
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
