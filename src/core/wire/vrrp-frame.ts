import {
  destinationMacAt,
  ethernetHeaderLength,
  ethernetMinimumLength,
  ethernetPayloadAt,
  etherTypeOf,
  sourceMacAt,
  vlanOf,
  writeEthernetHeader,
} from './ethernet.js';
import { ipHeader, ipHeaderOf } from './ip.js';
import type { IpHeader } from './ip-header.js';
import { macLength } from './mac.js';
import {
  type Advert,
  type ChecksumForm,
  encodeAdvert,
  readAdvert,
  rewriteChecksum,
  vrrpField,
  vrrpProtocol,
} from './vrrp.js';
import { advertChecks, bareLength, formOf } from './vrrp-checks.js';
import {
  encodeAuthenticatedAdvert,
  type Hmac,
  type HmacStamp,
  type HmacTrailer,
  readHmacTrailer,
  signAgain,
} from './vrrp-hmac.js';

const datagramDrops = ['truncated', 'not-vrrp', 'ip-header', 'fragment', 'ip-source'] as const;

/**
 * Every reason for which {@link decodeAdvertFrame} drops a frame, in the order of its checks: first those of the datagram,
 * then `advertChecks`.
 *
 * - `truncated`: the frame ends before its Ethernet or IP header does, or before the IP header says the datagram ends.
 * - `not-vrrp`: neither IPv4 nor IPv6, more than one VLAN tag, or not protocol 112.
 * - `ip-header`: version, header length, total length or header checksum contradict each other (RFC 1122 3.2.1).
 * - `fragment`: a part of an advert; a whole one always fits a link's MTU.
 * - `ip-source`: the source can be nobody's (RFC 1122 3.2.1.3, RFC 4291 2.7).
 */
export const advertDrops = [...datagramDrops, ...advertChecks.map((check) => check.reason)] as const;

export type AdvertDrop = (typeof advertDrops)[number];

/** An advert that passed every check that needs no configuration. It shares no memory with the frame. */
export interface ReceivedAdvert {
  readonly advert: Advert;
  /** Addresses of the IP header, 4 or 16 bytes. */
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  /** Addresses of the Ethernet header, 6 bytes. */
  readonly sourceMac: Uint8Array;
  readonly destinationMac: Uint8Array;
  /** VLAN of a tag inside the frame; 0 when there is none. */
  readonly vlan: number;
  /** Which checksum was right; `v2` and `v6` know one form only. */
  readonly checksumForm: ChecksumForm | 'v2' | 'v6';
  /** The authentication trailer, not yet verified, of an advert that has one. */
  readonly trailer?: HmacTrailer;
}

export type AdvertDecode =
  | { readonly ok: true; readonly received: ReceivedAdvert }
  | {
      readonly ok: false;
      readonly reason: AdvertDrop;
      /** Who sent it, as far as it can be read. */
      readonly source?: Uint8Array;
      /** For which virtual router, as far as it can be read; 0..255. */
      readonly virtualRouterId?: number;
    };

/**
 * Encodes a whole frame, ready to be sent: Ethernet, IP with TTL or hop limit 255, VRRP; padded to 60 bytes. The source MAC
 * should be the virtual router's (RFC 9568 7.3) where that is in use.
 *
 * @param o.checksum the form for version 3 over IPv4; ignored otherwise
 * @param o.signature adds the trailer of `vrrp-hmac.ts`
 * @throws InvariantError when a field of the advert is out of range
 */
export function encodeAdvertFrame(o: {
  readonly advert: Advert;
  readonly sourceMac: Uint8Array;
  readonly destinationMac: Uint8Array;
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly checksum: ChecksumForm;
  readonly signature?: { readonly stamp: HmacStamp; readonly hmac: Hmac };
}): Uint8Array {
  const { advert, source, destination } = o;
  const header = ipHeader(advert.family);
  const message = o.signature
    ? encodeAuthenticatedAdvert(advert, source, destination, o.checksum, o.signature)
    : encodeAdvert(advert, source, destination, o.checksum);
  const messageAt = ethernetHeaderLength + header.length;
  const frame = new Uint8Array(Math.max(ethernetMinimumLength, messageAt + message.length));
  writeEthernetHeader(frame, { destination: o.destinationMac, source: o.sourceMac, etherType: header.etherType });
  header.write(frame, ethernetHeaderLength, {
    source,
    destination,
    protocol: vrrpProtocol,
    payloadLength: message.length,
  });
  frame.set(message, messageAt);
  return frame;
}

/**
 * Signs frames of one advert anew, in place: they were made by {@link encodeAdvertFrame} with a signature and differ in nothing but
 * their destinations. One HMAC serves all, since it does not cover those.
 */
export function signAdvertFrames(
  frames: readonly Uint8Array[],
  signature: { readonly stamp: HmacStamp; readonly hmac: Hmac },
): void {
  const [first] = frames;
  if (first === undefined) return;
  const ip = ethernetHeaderLength;
  const header = ipHeaderOf(etherTypeOf(first, ip))!;
  const at = header.payloadAt(first, ip);
  const length = header.payloadLength(first, ip);
  const source = first.subarray(ip + header.addressesAt, ip + header.addressesAt + header.addressLength);
  const trailer = signAgain(first, at, length, source, signature);
  for (const frame of frames) {
    if (frame !== first) frame.set(trailer, at + length - trailer.length);
    if (header.family === 6) rewriteChecksum(frame, at, length, ip + header.addressesAt);
  }
}

/**
 * Decodes a received frame. Any bytes become an advert or a named reason. Padding after the datagram is ignored, IP options
 * and one 802.1Q tag are skipped.
 *
 * @param frame a buffer that may be longer than the frame and be used again afterwards
 * @param length bytes of the frame, at most `frame.length`
 */
export function decodeAdvertFrame(frame: Uint8Array, length: number): AdvertDecode {
  const ip = ethernetPayloadAt(frame, length);
  if (ip === 0) return { ok: false, reason: 'truncated' };
  const header = ipHeaderOf(etherTypeOf(frame, ip));
  if (header === undefined) return { ok: false, reason: 'not-vrrp' };
  const fault = header.fault(frame, ip, length);
  if (fault !== undefined) return { ok: false, reason: fault };
  if (header.isFragmentOf(frame, ip, vrrpProtocol)) return drop('fragment', header, frame, ip);
  if (frame[ip + header.protocolAt] !== vrrpProtocol) return { ok: false, reason: 'not-vrrp' };
  if (header.isSourceMartian(frame, ip)) return drop('ip-source', header, frame, ip);
  const at = header.payloadAt(frame, ip);
  const messageLength = header.payloadLength(frame, ip);
  for (const check of advertChecks) {
    if (!check.passes(frame, ip, at, messageLength)) return drop(check.reason, header, frame, ip);
  }
  return { ok: true, received: read(header, frame, ip) };
}

function drop(reason: AdvertDrop, header: IpHeader, frame: Uint8Array, ip: number): AdvertDecode {
  const source = addressAt(header, frame, ip, 0);
  // The identifier is where it belongs only in a first or only fragment that holds it.
  if (reason === 'fragment' || header.payloadLength(frame, ip) <= vrrpField.virtualRouterId) {
    return { ok: false, reason, source };
  }
  const virtualRouterId = frame[header.payloadAt(frame, ip) + vrrpField.virtualRouterId]!;
  return { ok: false, reason, source, virtualRouterId };
}

function read(header: IpHeader, frame: Uint8Array, ip: number): ReceivedAdvert {
  const at = header.payloadAt(frame, ip);
  const length = header.payloadLength(frame, ip);
  const source = addressAt(header, frame, ip, 0);
  const received: ReceivedAdvert = {
    advert: readAdvert(frame, at, header.family),
    source,
    destination: addressAt(header, frame, ip, 1),
    sourceMac: frame.slice(sourceMacAt, sourceMacAt + macLength),
    destinationMac: frame.slice(destinationMacAt, destinationMacAt + macLength),
    vlan: vlanOf(frame, ip),
    checksumForm: formOf(frame, ip, at, length)!,
  };
  if (length === bareLength(frame, ip, at)) return received;
  return { ...received, trailer: readHmacTrailer(frame, at, length, source) };
}

/** A copy of the source (0) or destination (1) of the IP header. */
function addressAt(header: IpHeader, frame: Uint8Array, ip: number, which: 0 | 1): Uint8Array {
  const at = ip + header.addressesAt + which * header.addressLength;
  return frame.slice(at, at + header.addressLength);
}
