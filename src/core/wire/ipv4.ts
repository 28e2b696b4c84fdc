import { internetChecksum, onesComplementSum } from './checksum.js';
import { readUint16, writeUint16 } from './octets.js';

/*
 * The IPv4 header (RFC 791 3.1), at `at` in a frame:
 *
 *   0   4 bit  version, 4                  8   1  time to live
 *   0   4 bit  header length, 32-bit words 9   1  protocol
 *   1   1  type of service                10   2  header checksum
 *   2   2  total length, header included  12   4  source
 *   4   2  identification                 16   4  destination
 *   6   2  flags (DF, MF) and offset      20   …  options, to the header length
 */

/** Bytes of a header without options. */
export const ipv4HeaderLength = 20;
/** Where the two addresses are in a header, source first. */
export const ipv4AddressesAt = 12;

const internetworkControl = 0xc0;
const dontFragment = 0x4000;
const fragmentBits = 0x3fff;

/**
 * Says what is wrong with the IPv4 header at `at` of a frame whose bytes end before `end`: `truncated` when the frame ends
 * before the header or the total length does, `ip-header` when version, lengths or checksum contradict each other.
 */
export function ipv4Fault(frame: Uint8Array, at: number, end: number): 'truncated' | 'ip-header' | undefined {
  if (end - at < ipv4HeaderLength) return 'truncated';
  const headerLength = ipv4HeaderLengthOf(frame, at);
  const totalLength = readUint16(frame, at + 2);
  if (frame[at]! >> 4 !== 4 || headerLength < ipv4HeaderLength || totalLength < headerLength) return 'ip-header';
  if (totalLength > end - at) return 'truncated';
  return onesComplementSum(frame, at, headerLength) === 0xffff ? undefined : 'ip-header';
}

/** Bytes of the header with its options, 0..60. */
export function ipv4HeaderLengthOf(frame: Uint8Array, at: number): number {
  return (frame[at]! & 0x0f) * 4;
}

/** Bytes of the payload, of a header without a fault. */
export function ipv4PayloadLength(frame: Uint8Array, at: number): number {
  return readUint16(frame, at + 2) - ipv4HeaderLengthOf(frame, at);
}

/** Whether the packet is one of several fragments: MF set, or an offset. */
export function isIpv4Fragment(frame: Uint8Array, at: number): boolean {
  return (readUint16(frame, at + 6) & fragmentBits) !== 0;
}

/**
 * Writes a header without options: TTL 255, type of service 0xc0 (internetwork control), DF, identification 0 (RFC 6864 4.1).
 */
export function writeIpv4Header(
  frame: Uint8Array,
  at: number,
  header: {
    readonly source: Uint8Array;
    readonly destination: Uint8Array;
    readonly protocol: number;
    readonly payloadLength: number;
  },
): void {
  frame[at] = (4 << 4) | (ipv4HeaderLength / 4);
  frame[at + 1] = internetworkControl;
  writeUint16(frame, at + 2, ipv4HeaderLength + header.payloadLength);
  writeUint16(frame, at + 4, 0);
  writeUint16(frame, at + 6, dontFragment);
  frame[at + 8] = 255;
  frame[at + 9] = header.protocol;
  writeUint16(frame, at + 10, 0);
  frame.set(header.source, at + ipv4AddressesAt);
  frame.set(header.destination, at + ipv4AddressesAt + 4);
  writeUint16(frame, at + 10, internetChecksum(frame, at, ipv4HeaderLength));
}
