import { readUint16, writeUint16, writeUint32 } from './octets.js';

/*
 * The IPv6 header (RFC 8200 3), at `at` in a frame:
 *
 *   0   4 bit  version, 6      4   2  payload length         8  16  source
 *   0   8 bit  traffic class   6   1  next header           24  16  destination
 *   1  20 bit  flow label      7   1  hop limit             40   …  payload
 */

/** Bytes of the fixed header. */
export const ipv6HeaderLength = 40;
/** Where the two addresses are in a header, source first. */
export const ipv6AddressesAt = 8;

const internetworkControl = 0xc0;
const fragmentHeader = 44;

/**
 * Says what is wrong with the IPv6 header at `at` of a frame whose bytes end before `end`: `truncated` when the frame ends
 * before the header or the payload length does, `ip-header` when the version is not 6.
 */
export function ipv6Fault(frame: Uint8Array, at: number, end: number): 'truncated' | 'ip-header' | undefined {
  if (end - at < ipv6HeaderLength) return 'truncated';
  if (frame[at]! >> 4 !== 6) return 'ip-header';
  return ipv6PayloadLength(frame, at) > end - at - ipv6HeaderLength ? 'truncated' : undefined;
}

/** Bytes after the fixed header, as it states them. */
export function ipv6PayloadLength(frame: Uint8Array, at: number): number {
  return readUint16(frame, at + 4);
}

/** The next header: the upper layer's protocol, when no extension header is between. */
export function ipv6NextHeader(frame: Uint8Array, at: number): number {
  return frame[at + 6]!;
}

/** Whether the packet, of a header without a fault, is a fragment of a message of `protocol`. */
export function isIpv6FragmentOf(frame: Uint8Array, at: number, protocol: number): boolean {
  if (ipv6NextHeader(frame, at) !== fragmentHeader || ipv6PayloadLength(frame, at) === 0) return false;
  return frame[at + ipv6HeaderLength] === protocol;
}

/** Writes a fixed header: hop limit 255, traffic class 0xc0 (internetwork control), flow label 0. */
export function writeIpv6Header(
  frame: Uint8Array,
  at: number,
  header: {
    readonly source: Uint8Array;
    readonly destination: Uint8Array;
    readonly nextHeader: number;
    readonly payloadLength: number;
  },
): void {
  writeUint32(frame, at, ((6 << 28) | (internetworkControl << 20)) >>> 0);
  writeUint16(frame, at + 4, header.payloadLength);
  frame[at + 6] = header.nextHeader;
  frame[at + 7] = 255;
  frame.set(header.source, at + ipv6AddressesAt);
  frame.set(header.destination, at + ipv6AddressesAt + 16);
}
