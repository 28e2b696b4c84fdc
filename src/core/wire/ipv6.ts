import { etherType } from './ethernet.js';
import type { IpHeader } from './ip-header.js';
import { readUint16, writeUint16, writeUint32, zeroOctets } from './octets.js';

/*
 * The IPv6 header (RFC 8200 3):
 *
 *   0   4 bit  version, 6      4   2  payload length         8  16  source
 *   0   8 bit  traffic class   6   1  next header           24  16  destination
 *   1  20 bit  flow label      7   1  hop limit             40   …  payload
 */
const length = 40;
const payloadLengthAt = 4;
const sourceAt = 8;

const versionAndInternetworkControl = 0x6c00_0000;
const fragmentHeader = 44;

/** IPv6. It reads the upper layer only where it follows the fixed header directly, as VRRP and NDP do. */
export const ipv6: IpHeader = {
  family: 6,
  etherType: etherType.ipv6,
  length,
  addressesAt: sourceAt,
  addressLength: 16,
  hopLimitAt: 7,
  protocolAt: 6,

  fault(frame, at, end) {
    if (end - at < length) return 'truncated';
    if (frame[at]! >> 4 !== 6) return 'ip-header';
    return readUint16(frame, at + payloadLengthAt) > end - at - length ? 'truncated' : undefined;
  },

  payloadAt: (_frame, at) => at + length,

  payloadLength: (frame, at) => readUint16(frame, at + payloadLengthAt),

  // The fragment header (RFC 8200 4.5) begins with the next header of what was cut up.
  isFragmentOf: (frame, at, protocol) =>
    frame[at + ipv6.protocolAt] === fragmentHeader &&
    readUint16(frame, at + payloadLengthAt) > 0 &&
    frame[at + length] === protocol,

  // RFC 4291 2.5.2, 2.5.3, 2.7: ::, ::1 and ff00::/8.
  isSourceMartian: (frame, at) =>
    frame[at + sourceAt] === 0xff || (zeroOctets(frame, at + sourceAt, 15) && frame[at + sourceAt + 15]! <= 1),

  write(frame, at, fields) {
    writeUint32(frame, at, versionAndInternetworkControl);
    writeUint16(frame, at + payloadLengthAt, fields.payloadLength);
    frame[at + ipv6.protocolAt] = fields.protocol;
    frame[at + ipv6.hopLimitAt] = 255;
    frame.set(fields.source, at + sourceAt);
    frame.set(fields.destination, at + sourceAt + 16);
  },
};
