import { assert } from '../../assert.js';
import { addressBits, addressLength, type Family, familyOf, formatIp, ipFromBytes } from '../../ip/address.js';

/** A network. */
export interface Prefix {
  /** 4 or 16 bytes; those bits that do not count are zero. */
  readonly address: Uint8Array;
  /** How many bits count: 0..32 or 0..128. */
  readonly length: number;
}

/** The network of `length` bits around an address, 4 or 16 bytes. Throws InvariantError on a length that is out of range. */
export function prefixOf(address: Uint8Array, length: number): Prefix {
  const bits = addressBits(familyOf(address));
  assert(Number.isInteger(length) && length >= 0 && length <= bits, `prefix length ${length} is not 0..${bits}`);
  const masked = new Uint8Array(address.length);
  const whole = length >> 3;
  masked.set(address.subarray(0, whole));
  if (whole < masked.length) masked[whole] = address[whole]! & (0xff00 >> (length & 7));
  return { address: masked, length };
}

/** A text that tells prefixes of both families apart; not for people. */
export function prefixKey({ address, length }: Prefix): string {
  return `${address.join('.')}/${length}`;
}

/** `192.0.2.0/24`, `2001:db8::/32`. */
export function formatPrefix({ address, length }: Prefix): string {
  return `${formatIp(ipFromBytes(address))}/${length}`;
}

/** Octets of a prefix on the wire (RFC 4271 4.3): one for the length, then as many as hold its bits. */
export function prefixOctets({ length }: Prefix): number {
  return 1 + ((length + 7) >> 3);
}

/**
 * Reads prefixes up to `end`. Bits beyond a prefix's length have no meaning on the wire and are dropped.
 *
 * @returns undefined when one is longer than an address, or goes beyond `end`
 */
export function readPrefixes(bytes: Uint8Array, at: number, end: number, family: Family): Prefix[] | undefined {
  const prefixes: Prefix[] = [];
  let next = at;
  while (next < end) {
    const length = bytes[next]!;
    const octets = (length + 7) >> 3;
    if (length > addressBits(family) || next + 1 + octets > end) return undefined;
    const address = new Uint8Array(addressLength(family));
    address.set(bytes.subarray(next + 1, next + 1 + octets));
    prefixes.push(prefixOf(address, length));
    next += 1 + octets;
  }
  return prefixes;
}
