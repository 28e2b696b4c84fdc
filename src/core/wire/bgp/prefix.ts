import { InvariantError } from '../../assert.js';
import { addressBits, addressLength, type Family, familyOf, formatIp, ipFromBytes } from '../../ip/address.js';

declare const octetsAsText: unique symbol;

/**
 * A network, as a text of its octets: a character for its length in bits, 0..32 or 0..128, and one for each of the 4 or 16 bytes of its
 * address, of which those bits that do not count are zero. There are lists of 10 000: a text is compared and found in a Map by itself,
 * and takes a fraction of what an object with an array takes. For people there is {@link formatPrefix}.
 */
export type Prefix = string & { readonly [octetsAsText]: never };

/** The network of `length` bits around an address of 4 or 16 bytes. Throws InvariantError on a length that is out of range. */
export function prefixOf(address: ArrayLike<number>, length: number): Prefix {
  const bits = addressBits(familyOf(address));
  if (!Number.isInteger(length) || length < 0 || length > bits)
    throw new InvariantError(`prefix length ${length} is not 0..${bits}`);
  return networkOf(address, 0, length, address.length);
}

/** @param size how many octets an address of the family has: those that the length has no bits for need not be there */
function networkOf(bytes: ArrayLike<number>, at: number, length: number, size: number): Prefix {
  const whole = length >> 3;
  const octets = [length];
  for (let i = 0; i < whole; i++) octets.push(bytes[at + i]!);
  if (whole < size) {
    octets.push((length & 7) === 0 ? 0 : bytes[at + whole]! & (0xff00 >> (length & 7)));
    for (let i = whole + 1; i < size; i++) octets.push(0);
  }
  return Reflect.apply(String.fromCharCode, undefined, octets) as Prefix;
}

/** The family of a network. */
export function familyOfPrefix(prefix: Prefix): Family {
  return prefix.length === 5 ? 4 : 6;
}

/** `192.0.2.0/24`, `2001:db8::/32`. */
export function formatPrefix(prefix: Prefix): string {
  const address = Array.from({ length: prefix.length - 1 }, (_, i) => prefix.charCodeAt(i + 1));
  return `${formatIp(ipFromBytes(address))}/${prefix.charCodeAt(0)}`;
}

/** Octets of a prefix on the wire (RFC 4271 4.3): one for the length, then as many as hold its bits. */
export function prefixOctets(prefix: Prefix): number {
  return 1 + ((prefix.charCodeAt(0) + 7) >> 3);
}

/** Writes a prefix as on the wire; returns where it ends. */
export function writePrefix(prefix: Prefix, octets: Uint8Array, at: number): number {
  const count = prefixOctets(prefix);
  for (let i = 0; i < count; i++) octets[at + i] = prefix.charCodeAt(i);
  return at + count;
}

/**
 * Reads prefixes up to `end`. Bits beyond a prefix's length have no meaning on the wire and are dropped.
 *
 * @returns undefined when one is longer than an address, or goes beyond `end`
 */
export function readPrefixes(bytes: Uint8Array, at: number, end: number, family: Family): Prefix[] | undefined {
  const prefixes: Prefix[] = [];
  const most = addressBits(family);
  const size = addressLength(family);
  let next = at;
  while (next < end) {
    const length = bytes[next++]!;
    const count = (length + 7) >> 3;
    if (length > most || next + count > end) return undefined;
    prefixes.push(networkOf(bytes, next, length, size));
    next += count;
  }
  return prefixes;
}
