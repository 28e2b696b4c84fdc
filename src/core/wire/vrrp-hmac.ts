import { assert } from '../assert.js';
import { familyOf } from '../ip/address.js';
import { readUint16, readUint32, writeUint16, writeUint32 } from './octets.js';
import { type Advert, type ChecksumForm, encodeAdvert, vrrpField, writeChecksum } from './vrrp.js';

/*
 * The authentication trailer of draft-cassen-vrrp-auth-hmac, as keepalived 2.4.2 and later send it, right after a version 3
 * message:
 *
 *   0   1  type, 1: HMAC-SHA256 truncated to 16 bytes     8   2  binary fraction of a second
 *   1   1  key ID                                        10   2  counter within one instant
 *   2   2  reserved, 0                                   12  16  HMAC
 *   4   4  seconds since 1970 (UTC)
 *
 * The HMAC covers a pseudo-header of 20 bytes – 4 or 6, version, VRID, 0, the source address left-aligned in 16 bytes – then the
 * message with its checksum as zero, then the trailer with its HMAC as zero. The checksum over IPv4 leaves the trailer out;
 * over IPv6 it covers it.
 */

/** Bytes of the trailer. */
export const hmacTrailerLength = 28;

const hmacType = 1;
const hmacAt = 12;
const hmacLength = 16;
const pseudoHeaderLength = 20;

/** HMAC-SHA256 with a key that the function holds: 32 bytes, or more than the 16 that are used. */
export type Hmac = (authenticated: Uint8Array) => Uint8Array;

/** What tells one signed advert from another. A sender never uses the same stamp twice, nor an earlier one (`core/vrrp/stamps`). */
export interface HmacStamp {
  /** Which of the shared keys signs, 0..255. */
  readonly keyId: number;
  /** UTC seconds since 1970, 32 bits. */
  readonly seconds: number;
  /** Binary fraction of a second, in units of 2^-16 s, 0..65535. */
  readonly fraction: number;
  /** Tells adverts of one instant apart, 0..65535. */
  readonly counter: number;
}

/** The trailer of a received advert, not yet verified. */
export interface HmacTrailer extends HmacStamp {
  /** The 16 bytes of the truncated HMAC. */
  readonly hmac: Uint8Array;
  /** The bytes that the HMAC is computed over. */
  readonly authenticated: Uint8Array;
}

/** Encodes a version 3 message followed by its trailer; otherwise as {@link encodeAdvert}. */
export function encodeAuthenticatedAdvert(
  advert: Advert,
  source: Uint8Array,
  destination: Uint8Array,
  checksum: ChecksumForm,
  signature: { readonly stamp: HmacStamp; readonly hmac: Hmac },
): Uint8Array {
  assert(advert.version === 3, 'only adverts of version 3 carry an authentication trailer');
  const bare = encodeAdvert(advert, source, destination, checksum);
  const message = new Uint8Array(bare.length + hmacTrailerLength);
  message.set(bare);
  signAgain(message, 0, message.length, source, signature);
  if (advert.family === 6) writeChecksum(message, message.length, source, destination, checksum);
  return message;
}

/** Whether the 28 bytes at `at` are a trailer of the one known type, with a reserved field of zero. */
export function isHmacTrailer(frame: Uint8Array, at: number): boolean {
  return frame[at] === hmacType && readUint16(frame, at + 2) === 0;
}

/**
 * Reads the trailer that ends a message of `length` bytes at `at`.
 *
 * @param source the source address of the IP header, 4 or 16 bytes
 */
export function readHmacTrailer(frame: Uint8Array, at: number, length: number, source: Uint8Array): HmacTrailer {
  const trailer = at + length - hmacTrailerLength;
  return {
    keyId: frame[trailer + 1]!,
    seconds: readUint32(frame, trailer + 4),
    fraction: readUint16(frame, trailer + 8),
    counter: readUint16(frame, trailer + 10),
    hmac: frame.slice(trailer + hmacAt, trailer + hmacTrailerLength),
    authenticated: authenticatedBytes(frame, at, length, source),
  };
}

/** Whether a trailer's HMAC is that of its bytes, compared in time that does not depend on where they differ. */
export function verifyHmac(trailer: HmacTrailer, hmac: Hmac): boolean {
  const digest = hmac(trailer.authenticated);
  let difference = 0;
  for (let i = 0; i < hmacLength; i++) difference |= trailer.hmac[i]! ^ digest[i]!;
  return difference === 0;
}

/**
 * Signs anew, in place, the message of `length` bytes at `at` that ends with a trailer. The checksum over IPv6 is not right
 * afterwards.
 *
 * @returns the trailer's bytes, in the frame: with another destination the message has the same
 */
export function signAgain(
  frame: Uint8Array,
  at: number,
  length: number,
  source: Uint8Array,
  signature: { readonly stamp: HmacStamp; readonly hmac: Hmac },
): Uint8Array {
  const trailer = at + length - hmacTrailerLength;
  writeStamp(frame, trailer, signature.stamp);
  const digest = signature.hmac(authenticatedBytes(frame, at, length, source));
  assert(
    digest.length >= hmacLength,
    `an HMAC of ${digest.length} bytes is shorter than the ${hmacLength} of the trailer`,
  );
  for (let i = 0; i < hmacLength; i++) frame[trailer + hmacAt + i] = digest[i]!;
  return frame.subarray(trailer, trailer + hmacTrailerLength);
}

/** What the HMAC covers, for a message of `length` bytes at `at` whose last 28 bytes are the trailer: a new array. */
function authenticatedBytes(frame: Uint8Array, at: number, length: number, source: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(pseudoHeaderLength + length);
  bytes[0] = familyOf(source);
  bytes[1] = frame[at]! >> 4;
  bytes[2] = frame[at + vrrpField.virtualRouterId]!;
  bytes.set(source, 4);
  bytes.set(frame.subarray(at, at + length - hmacLength), pseudoHeaderLength);
  writeUint16(bytes, pseudoHeaderLength + vrrpField.checksum, 0);
  return bytes;
}

function writeStamp(message: Uint8Array, at: number, stamp: HmacStamp): void {
  message[at] = hmacType;
  message[at + 1] = stamp.keyId;
  writeUint32(message, at + 4, stamp.seconds);
  writeUint16(message, at + 8, stamp.fraction);
  writeUint16(message, at + 10, stamp.counter);
}
