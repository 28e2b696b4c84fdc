import type { Family } from '../ip/address.js';
import { ipHeader } from './ip.js';
import type { IpHeader } from './ip-header.js';
import {
  type ChecksumForm,
  checksumFormOf,
  isLinkLocal,
  messageLength,
  readInterval,
  vrrpField,
  vrrpHeaderLength,
} from './vrrp.js';
import { hmacTrailerLength, isHmacTrailer } from './vrrp-hmac.js';

/**
 * One receive check. `passes` gets the frame, where its IP header begins, where the VRRP message begins and how many bytes
 * the IP header says the message has, all of which are in the frame. A check may count on those before it.
 */
export interface AdvertCheck {
  readonly reason: string;
  /** What demands it. */
  readonly clause: string;
  readonly passes: (frame: Uint8Array, ip: number, at: number, length: number) => boolean;
}

/**
 * The checks of a received advert that need no configuration, in the order of RFC 9568 7.1 with its errata: the first that
 * fails is the reason of the drop.
 */
export const advertChecks = [
  {
    reason: 'ttl',
    clause: 'RFC 9568 7.1: TTL or Hop Limit is 255 (5.1.1.3, 5.1.2.3)',
    passes: (frame, ip) => frame[ip + headerAt(frame, ip).hopLimitAt] === 255,
  },
  {
    reason: 'version',
    clause: 'RFC 9568 7.1: version is 3; RFC 3768 7.1: version is 2, over IPv4 only',
    passes: (frame, ip, at, length) => {
      const version = frame[at]! >> 4;
      return length === 0 || version === 3 || (version === 2 && familyAt(frame, ip) === 4);
    },
  },
  {
    reason: 'type',
    clause: 'RFC 9568 5.2.2: a type other than 1, ADVERTISEMENT, is discarded',
    passes: (frame, _ip, at, length) => length === 0 || (frame[at]! & 0x0f) === 1,
  },
  {
    reason: 'length',
    clause:
      'RFC 9568 7.1: the packet holds the fixed fields and its count of addresses, and nothing but a known trailer',
    passes: (frame, ip, at, length) =>
      length >= vrrpHeaderLength &&
      (length === bareLength(frame, ip, at) || length === bareLength(frame, ip, at) + trailerLength(frame, at)),
  },
  {
    reason: 'checksum',
    clause: 'RFC 9568 7.1 and 5.2.8, either form over IPv4; RFC 3768 5.3.8',
    passes: (frame, ip, at, length) => formOf(frame, ip, at, length) !== undefined,
  },
  {
    reason: 'virtual-router-id',
    clause: 'RFC 9568 5.2.3: 1 to 255. Whether it is configured here is judged later',
    passes: (frame, _ip, at) => frame[at + vrrpField.virtualRouterId] !== 0,
  },
  {
    reason: 'count-zero',
    clause: 'RFC 9568 5.2.5 and erratum 8299',
    passes: (frame, _ip, at) => frame[at + vrrpField.count] !== 0,
  },
  {
    reason: 'auth-type',
    clause: 'RFC 3768 7.1: only type 0, no authentication, is known',
    passes: (frame, _ip, at) => frame[at]! >> 4 !== 2 || frame[at + vrrpField.authType] === 0,
  },
  {
    reason: 'interval-zero',
    clause: 'RFC 9568 5.2.7 and erratum 8301: every Backup would time out at once',
    passes: (frame, _ip, at) => readInterval(frame, at) > 0,
  },
  {
    reason: 'link-local',
    clause: 'RFC 9568 5.2.9 and erratum 8300: the first IPv6 address is link-local',
    passes: (frame, ip, at) => familyAt(frame, ip) === 4 || isLinkLocal(frame, at + vrrpHeaderLength),
  },
  {
    reason: 'trailer',
    clause: 'draft-cassen-vrrp-auth-hmac: the trailer has a known type and its reserved field is zero',
    passes: (frame, ip, at, length) =>
      length === bareLength(frame, ip, at) || isHmacTrailer(frame, at + bareLength(frame, ip, at)),
  },
] as const satisfies readonly AdvertCheck[];

/** The form of the checksum of a message of right length, or undefined when it is wrong. */
export function formOf(
  frame: Uint8Array,
  ip: number,
  at: number,
  length: number,
): ChecksumForm | 'v2' | 'v6' | undefined {
  const header = headerAt(frame, ip);
  // The transport checksum of IPv6 covers all that follows the header; the one over IPv4 leaves the trailer out.
  const covered = header.family === 6 ? length : bareLength(frame, ip, at);
  return checksumFormOf(frame, at, covered, ip + header.addressesAt, header.family);
}

/** Bytes that a message has by its version, family and count of addresses, without a trailer. */
export function bareLength(frame: Uint8Array, ip: number, at: number): number {
  return messageLength(frame[at]! >> 4 === 2 ? 2 : 3, familyAt(frame, ip), frame[at + vrrpField.count]!);
}

function headerAt(frame: Uint8Array, ip: number): IpHeader {
  return ipHeader(familyAt(frame, ip));
}

function familyAt(frame: Uint8Array, ip: number): Family {
  return frame[ip]! >> 4 === 4 ? 4 : 6;
}

function trailerLength(frame: Uint8Array, at: number): number {
  return frame[at]! >> 4 === 3 ? hmacTrailerLength : 0;
}
