import { readUint16 } from './octets.js';

/**
 * The one's complement sum of RFC 1071 over `length` octets, an odd last one padded with zero, folded to 16 bits.
 *
 * @param initial the folded sum of what precedes, such as a pseudo-header
 * @returns 0..65535; 65535 when the octets hold their own valid checksum
 */
export function onesComplementSum(bytes: Uint8Array, at: number, length: number, initial = 0): number {
  let sum = initial;
  const even = length & ~1;
  for (let i = 0; i < even; i += 2) sum += readUint16(bytes, at + i);
  if (even !== length) sum += bytes[at + even]! << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}

/** The value for a checksum field that held zero while the octets were summed (RFC 1071). */
export function internetChecksum(bytes: Uint8Array, at: number, length: number, initial = 0): number {
  return ~onesComplementSum(bytes, at, length, initial) & 0xffff;
}

/**
 * The sum of the pseudo-header that precedes an upper-layer message: RFC 8200 8.1 for IPv6, RFC 9293 3.1 for IPv4. Both sum
 * to the same thing: the two addresses, the protocol number and the length.
 *
 * @param addresses holds source and destination one after the other at `at`, as both IP headers do
 * @param addressLength bytes of one address, 4 or 16
 * @param length bytes of the upper-layer message
 */
export function pseudoHeaderSum(
  addresses: Uint8Array,
  at: number,
  addressLength: number,
  protocol: number,
  length: number,
): number {
  return onesComplementSum(addresses, at, 2 * addressLength, protocol + length);
}
