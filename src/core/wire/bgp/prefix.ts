import { assert } from '../../assert.js';
import { addressBits, addressLength, type Family, familyOf, formatIp, ipFromBytes } from '../../ip/address.js';

/** A network. */
export interface Prefix {
  /** 4 or 16 bytes; those bits that do not count are zero. */
  readonly address: Uint8Array;
  /** How many bits count: 0..32 or 0..128. */
  readonly length: number;
}

/** The network of `length` bits around an address, 4 or 16 bytes, which becomes part of it. Throws InvariantError on a length that is out of range. */
export function prefixOf(address: Uint8Array, length: number): Prefix {
  const bits = addressBits(familyOf(address));
  assert(Number.isInteger(length) && length >= 0 && length <= bits, `prefix length ${length} is not 0..${bits}`);
  if (length === bits) return { address, length };
  const network = new Uint8Array(address.length);
  const octets = (length + 7) >> 3;
  for (let i = 0; i < octets; i++) network[i] = address[i]!;
  maskLast(network, length);
  return { address: network, length };
}

/** Makes those bits of the last octet zero that do not count. */
function maskLast(address: Uint8Array, length: number): void {
  if ((length & 7) !== 0) address[length >> 3]! &= 0xff00 >> (length & 7);
}

/** A text that tells prefixes of both families apart; not for people. */
export function prefixKey({ address, length }: Prefix): string {
  if (address.length === 4) return `${address[0]}.${address[1]}.${address[2]}.${address[3]}/${length}`;
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

/** Writes a prefix as on the wire; returns where it ends. */
export function writePrefix({ address, length }: Prefix, octets: Uint8Array, at: number): number {
  const end = at + 1 + ((length + 7) >> 3);
  octets[at] = length;
  for (let next = at + 1; next < end; next++) octets[next] = address[next - at - 1]!;
  return end;
}

/** Prefixes one after the other, as on the wire. */
export function prefixesOctets(prefixes: readonly Prefix[]): Uint8Array {
  let length = 0;
  for (const prefix of prefixes) length += prefixOctets(prefix);
  const octets = new Uint8Array(length);
  let at = 0;
  for (const prefix of prefixes) at = writePrefix(prefix, octets, at);
  return octets;
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
    const octets = (length + 7) >> 3;
    if (length > most || next + octets > end) return undefined;
    const address = new Uint8Array(size);
    for (let i = 0; i < octets; i++) address[i] = bytes[next++]!;
    maskLast(address, length);
    prefixes.push({ address, length });
  }
  return prefixes;
}
