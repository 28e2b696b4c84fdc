import { assert } from '../assert.js';
import { addressLength, type Family, familyOf } from '../ip/address.js';
import type { Micros } from '../time.js';
import { internetChecksum, onesComplementSum, pseudoHeaderSum } from './checksum.js';
import { readUint16, writeUint16 } from './octets.js';

/*
 * The VRRP message, after the IP header (RFC 9568 5.1 and RFC 3768 5.1), big-endian:
 *
 *   0  4 bit  version, 2 or 3          4  v3: 4 bit reserved, 12 bit Max Advertise Interval in centiseconds
 *   0  4 bit  type, 1                  4  v2: 1 authentication type, 1 Advertisement Interval in seconds
 *   1  1      virtual router ID        6  2  checksum
 *   2  1      priority                 8  n * 4 or 16  addresses
 *   3  1      count of addresses, n    …  v2: 8 bytes of authentication data
 */

/** VRRP's number as an IP protocol and as an IPv6 next header. */
export const vrrpProtocol = 112;
/** Bytes before the addresses. */
export const vrrpHeaderLength = 8;

/** An ADVERTISEMENT, without its checksum. */
export interface Advert {
  readonly version: 2 | 3;
  /** The family of the addresses and of the IP header that carries them; version 2 knows IPv4 only. */
  readonly family: Family;
  /** 1..255. */
  readonly virtualRouterId: number;
  /** 255 owner of the addresses, 1..254 backup, 0 the Active gives up. */
  readonly priority: number;
  /** The interval between adverts that it carries: 1..4095 times 10 ms in version 3, 1..255 times 1 s in version 2. */
  readonly interval: Micros;
  /** 1..255 addresses of 4 or 16 bytes, network order; the first one of IPv6 is link-local (RFC 9568 5.2.9). */
  readonly addresses: readonly Uint8Array[];
}

/**
 * What a version 3 checksum over IPv4 covers: the message only, as RFC 9568 5.2.8 says, or also a pseudo-header as RFC 5798
 * was read by keepalived and FRR, whose default it still is. Over IPv6 it is always with the pseudo-header, in version 2
 * never.
 */
export type ChecksumForm = 'pseudo-header' | 'message';

/** Where fields are in a message. */
export const vrrpField = {
  versionAndType: 0,
  virtualRouterId: 1,
  priority: 2,
  count: 3,
  authType: 4,
  interval: 4,
  checksum: 6,
};

const microsPerCentisecond = 10_000;
const microsPerSecond = 1_000_000;
const advertisement = 1;
const authenticationLength = 8;

/** The group that adverts are sent to: 224.0.0.18 or ff02::12 (RFC 9568 5.1.1.2, 5.1.2.2), as a new array. */
export function vrrpGroup(family: Family): Uint8Array {
  if (family === 4) return Uint8Array.of(224, 0, 0, 18);
  return Uint8Array.of(0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12);
}

/**
 * The link-local address of a virtual router, that of its MAC by RFC 4291 appendix A: fe80::200:5eff:fe00:200 + VRID. RFC
 * 9568 5.2.9 wants such an address first in an IPv6 advert.
 */
export function virtualRouterLinkLocal(virtualRouterId: number): Uint8Array {
  return Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0x02, 0x00, 0x5e, 0xff, 0xfe, 0x00, 0x02, virtualRouterId);
}

/** Bytes of a message with `count` addresses: 8 + 4n or 16n, and 8 more in version 2. */
export function messageLength(version: 2 | 3, family: Family, count: number): number {
  return vrrpHeaderLength + count * addressLength(family) + (version === 2 ? authenticationLength : 0);
}

/**
 * Encodes a VRRP message.
 *
 * @param source of the IP header that will carry it, 4 or 16 bytes
 * @param destination of that header; a checksum with pseudo-header holds for this destination only
 * @param checksum the form for version 3 over IPv4; ignored otherwise
 * @returns a new array of exactly the message's length
 * @throws InvariantError when a field of the advert is out of the range that {@link Advert} states
 */
export function encodeAdvert(
  advert: Advert,
  source: Uint8Array,
  destination: Uint8Array,
  checksum: ChecksumForm,
): Uint8Array {
  assertEncodable(advert, source, destination);
  const { version, family, addresses } = advert;
  const message = new Uint8Array(messageLength(version, family, addresses.length));
  message[vrrpField.versionAndType] = (version << 4) | advertisement;
  message[vrrpField.virtualRouterId] = advert.virtualRouterId;
  message[vrrpField.priority] = advert.priority;
  message[vrrpField.count] = addresses.length;
  writeUint16(message, vrrpField.interval, intervalUnits(advert));
  for (const [i, address] of addresses.entries()) message.set(address, vrrpHeaderLength + i * address.length);
  writeChecksum(message, message.length, source, destination, checksum);
  return message;
}

/**
 * Computes the checksum of a message over its first `covered` bytes and writes it to its field.
 *
 * @param checksum the form for version 3 over IPv4; ignored otherwise
 */
export function writeChecksum(
  message: Uint8Array,
  covered: number,
  source: Uint8Array,
  destination: Uint8Array,
  checksum: ChecksumForm,
): void {
  const v3 = message[vrrpField.versionAndType]! >> 4 === 3;
  const withPseudoHeader = v3 && (source.length === 16 || checksum === 'pseudo-header');
  writeUint16(message, vrrpField.checksum, 0);
  const initial = withPseudoHeader
    ? vrrpPseudoHeaderSum(Uint8Array.of(...source, ...destination), 0, source.length, covered)
    : 0;
  writeUint16(message, vrrpField.checksum, internetChecksum(message, 0, covered, initial));
}

/** Computes the checksum of a message of `length` bytes over IPv6 anew, in its frame; `addressesAt` as of {@link checksumFormOf}. */
export function rewriteChecksum(frame: Uint8Array, at: number, length: number, addressesAt: number): void {
  writeUint16(frame, at + vrrpField.checksum, 0);
  const pseudo = vrrpPseudoHeaderSum(frame, addressesAt, addressLength(6), length);
  writeUint16(frame, at + vrrpField.checksum, internetChecksum(frame, at, length, pseudo));
}

/**
 * Finds which form the checksum of a message has.
 *
 * @param covered bytes that the checksum covers
 * @param addressesAt where the IP header's addresses are in `frame`, source first
 * @returns `v2` and `v6` where there is one form only, else the form (`pseudo-header` in the one case of 65535 where both
 *   hold), or undefined when no form holds
 */
export function checksumFormOf(
  frame: Uint8Array,
  at: number,
  covered: number,
  addressesAt: number,
  family: Family,
): ChecksumForm | 'v2' | 'v6' | undefined {
  const sum = onesComplementSum(frame, at, covered);
  if (frame[at]! >> 4 === 2) return sum === 0xffff ? 'v2' : undefined;
  const pseudo = vrrpPseudoHeaderSum(frame, addressesAt, addressLength(family), covered);
  const withPseudo = onesComplementSum(frame, at, 0, sum + pseudo) === 0xffff;
  if (family === 6) return withPseudo ? 'v6' : undefined;
  if (withPseudo) return 'pseudo-header';
  return sum === 0xffff ? 'message' : undefined;
}

/** Reads an advert out of a message that passed every check. Its addresses are copies. */
export function readAdvert(frame: Uint8Array, at: number, family: Family): Advert {
  const version = frame[at]! >> 4 === 2 ? 2 : 3;
  const size = addressLength(family);
  const addresses: Uint8Array[] = [];
  for (let i = 0; i < frame[at + vrrpField.count]!; i++) {
    const begin = at + vrrpHeaderLength + i * size;
    addresses.push(frame.slice(begin, begin + size));
  }
  return {
    version,
    family,
    virtualRouterId: frame[at + vrrpField.virtualRouterId]!,
    priority: frame[at + vrrpField.priority]!,
    interval: readInterval(frame, at),
    addresses,
  };
}

/** The interval that a message of version 2 or 3 carries; 0 is invalid. The reserved bits of version 3 are ignored. */
export function readInterval(frame: Uint8Array, at: number): Micros {
  if (frame[at]! >> 4 === 2) return frame[at + vrrpField.interval + 1]! * microsPerSecond;
  return (readUint16(frame, at + vrrpField.interval) & 0x0fff) * microsPerCentisecond;
}

function vrrpPseudoHeaderSum(addresses: Uint8Array, at: number, size: number, covered: number): number {
  return pseudoHeaderSum(addresses, at, size, vrrpProtocol, covered);
}

function intervalUnits(advert: Advert): number {
  return advert.interval / (advert.version === 3 ? microsPerCentisecond : microsPerSecond);
}

function assertEncodable(advert: Advert, source: Uint8Array, destination: Uint8Array): void {
  const { version, family, virtualRouterId, priority, addresses } = advert;
  const size = addressLength(family);
  assert(version === 3 || family === 4, 'VRRP version 2 carries IPv4 addresses only');
  assertWhole('virtual router ID', virtualRouterId, 1, 255);
  assertWhole('priority', priority, 0, 255);
  assertWhole('count of addresses', addresses.length, 1, 255);
  assertWhole(
    `interval in ${version === 3 ? 'centiseconds' : 'seconds'}`,
    intervalUnits(advert),
    1,
    version === 3 ? 4095 : 255,
  );
  assert(
    familyOf(source) === family && familyOf(destination) === family,
    `source and destination are not IPv${family}`,
  );
  assert(
    addresses.every((address) => address.length === size),
    `an address of an IPv${family} advert does not have ${size} bytes`,
  );
  assert(family === 4 || isLinkLocal(addresses[0]!, 0), 'the first address of an IPv6 advert is not link-local');
}

/** Whether the 16 bytes at `at` are an address of fe80::/10. */
export function isLinkLocal(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0xfe && (bytes[at + 1]! & 0xc0) === 0x80;
}

function assertWhole(name: string, value: number, least: number, most: number): void {
  assert(
    Number.isInteger(value) && value >= least && value <= most,
    `${name} ${value} is not a whole number of ${least} to ${most}`,
  );
}
