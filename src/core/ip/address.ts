import { InvariantError } from '../assert.js';

/** 4 for IPv4, 6 for IPv6. */
export type Family = 4 | 6;

/** One address: an unsigned number of 32 or 128 bits, most significant bit first on the wire. */
export interface IpAddress {
  readonly family: Family;
  readonly value: bigint;
}

/** Bytes of an address on the wire: 4 or 16. */
export function addressLength(family: Family): 4 | 16 {
  return family === 4 ? 4 : 16;
}

/** Bits of an address: 32 or 128. */
export function addressBits(family: Family): 32 | 128 {
  return family === 4 ? 32 : 128;
}

/**
 * Parses the text of one address, accepting exactly what `isIP` of node:net accepts, less zones: dotted quads without leading
 * zeros (no octal, no short forms), and RFC 4291 2.2 IPv6 text including an embedded dotted quad.
 *
 * @returns undefined for any other text, `fe80::1%eth0` and surrounding blanks included
 */
export function parseIp(text: string): IpAddress | undefined {
  const octets = parseIpOctets(text);
  return octets && ipFromBytes(octets);
}

/** The same, but in network order: 4 or 16 octets. Of long lists this takes a fraction of what numbers of 32 or 128 bits take. */
export function parseIpOctets(text: string): readonly number[] | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

/** Canonical text: a dotted quad, or RFC 5952 (IPv4-mapped addresses as `::ffff:192.0.2.1`, its section 5). */
export function formatIp(address: IpAddress): string {
  return address.family === 4 ? formatIpv4(address.value) : formatIpv6(address.value);
}

/** The canonical form of an address's text, or undefined when it is none. */
export function canonicalIp(text: string): string | undefined {
  const address = parseIp(text);
  return address && formatIp(address);
}

/** The address in network order: a new array of 4 or 16 bytes. */
export function ipToBytes(address: IpAddress): Uint8Array {
  const bytes = new Uint8Array(addressLength(address.family));
  if (address.family === 4) {
    const number = Number(address.value);
    for (let i = 0; i < 4; i++) bytes[i] = number >>> (24 - 8 * i);
    return bytes;
  }
  let rest = address.value;
  for (let i = bytes.length - 1; i >= 0; i--) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

/** The address that 4 or 16 bytes in network order stand for. Any other length is an {@link InvariantError}. */
export function ipFromBytes(bytes: ArrayLike<number>): IpAddress {
  const family = familyOf(bytes);
  let value = BigInt(word(bytes, 0));
  for (let at = 4; at < bytes.length; at += 4) value = (value << 32n) | BigInt(word(bytes, at));
  return { family, value };
}

/** Four octets as a number: BigInts of the same cost many times as much, and there are lists of 10 000 addresses. */
function word(octets: ArrayLike<number>, at: number): number {
  return ((octets[at]! << 24) | (octets[at + 1]! << 16) | (octets[at + 2]! << 8) | octets[at + 3]!) >>> 0;
}

/** The family of an address given as 4 or 16 bytes. Any other length is an {@link InvariantError}. */
export function familyOf(bytes: ArrayLike<number>): Family {
  if (bytes.length === 4) return 4;
  if (bytes.length === 16) return 6;
  throw new InvariantError(`an IP address has 4 or 16 bytes, not ${bytes.length}`);
}

/** Orders IPv4 before IPv6, then by unsigned value: negative, zero or positive, as for `Array.sort`. */
export function compareIp(a: IpAddress, b: IpAddress): number {
  if (a.family !== b.family) return a.family - b.family;
  return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
}

const octet = '(?:\\d|[1-9]\\d|1\\d\\d|2[0-4]\\d|25[0-5])';
const dottedQuad = new RegExp(`^${octet}(?:\\.${octet}){3}$`);
const zero = 0x30; // the digit's code; that of a point is below
const hexGroup = /^[0-9a-fA-F]{1,4}$/;

function parseIpv4(text: string): number[] | undefined {
  if (!dottedQuad.test(text)) return undefined;
  const octets = [0, 0, 0, 0];
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - zero;
    if (digit < 0) at++;
    else octets[at] = octets[at]! * 10 + digit;
  }
  return octets;
}

function parseIpv6(text: string): number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves as [string, string?];
  const left = parseGroups(head, tail === undefined);
  const right = tail === undefined ? [] : parseGroups(tail, true);
  if (left === undefined || right === undefined) return undefined;
  const missing = 16 - left.length - right.length;
  if (tail === undefined ? missing !== 0 : missing < 2) return undefined;
  return [...left, ...new Array<number>(missing).fill(0), ...right];
}

/** The octets of one side of `::`, groups of 16 bits; only the last part of the whole text may be a dotted quad. */
function parseGroups(text: string, last: boolean): number[] | undefined {
  if (text === '') return [];
  const octets: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (hexGroup.test(part)) {
      const group = Number.parseInt(part, 16);
      octets.push(group >> 8, group & 0xff);
      continue;
    }
    const quad = last && index === parts.length - 1 ? parseIpv4(part) : undefined;
    if (quad === undefined) return undefined;
    octets.push(...quad);
  }
  return octets;
}

function formatIpv4(value: bigint): string {
  const number = Number(value);
  return `${number >>> 24}.${(number >>> 16) & 0xff}.${(number >>> 8) & 0xff}.${number & 0xff}`;
}

function formatIpv6(value: bigint): string {
  if (value >> 32n === 0xffffn) return `::ffff:${formatIpv4(value & 0xffff_ffffn)}`;
  const groups = Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16));
  const { start, length } = longestZeroRun(groups);
  if (length < 2) return groups.join(':');
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`;
}

/** RFC 5952 4.2: the longest run of zero groups is shortened, the first one among equals. */
function longestZeroRun(groups: readonly string[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [index, group] of groups.entries()) {
    if (group !== '0') start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  }
  return best;
}
