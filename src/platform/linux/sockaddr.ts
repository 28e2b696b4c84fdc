/**
 * struct sockaddr_in and sockaddr_in6.
 *
 * Source: ip(7), ipv6(7): family in host order, port and addresses in network order, the scope in host order.
 */

/** One end of a connection. */
export interface Endpoint {
  /** 4 or 16 bytes. */
  readonly address: Uint8Array;
  /** 0..65535. */
  readonly port: number;
  /** The interface that a link-local address belongs to; 0 for none. */
  readonly interfaceIndex: number;
}

export const AF_INET = 2;
export const AF_INET6 = 10;
/** Room for either. */
export const sockaddrBytes = 28;

/** The family of sockets for an address of that many bytes. */
export function addressFamily(address: Uint8Array): number {
  return address.length === 4 ? AF_INET : AF_INET6;
}

export function encodeSockaddr({ address, port, interfaceIndex }: Endpoint): Uint8Array {
  const bytes = new Uint8Array(address.length === 4 ? 16 : sockaddrBytes);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, addressFamily(address), true);
  view.setUint16(2, port);
  bytes.set(address, address.length === 4 ? 4 : 8);
  if (address.length === 16) view.setUint32(24, interfaceIndex, true);
  return bytes;
}

/** Reads what the kernel wrote; the address is a copy. */
export function decodeSockaddr(bytes: Uint8Array): Endpoint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const port = view.getUint16(2);
  if (view.getUint16(0, true) === AF_INET) return { address: bytes.slice(4, 8), port, interfaceIndex: 0 };
  return { address: bytes.slice(8, 24), port, interfaceIndex: view.getUint32(24, true) };
}
