import { internetChecksum, onesComplementSum } from './checksum.js';
import { etherType } from './ethernet.js';
import type { IpHeader } from './ip-header.js';
import { readUint16, writeUint16 } from './octets.js';

/*
 * The IPv4 header (RFC 791 3.1):
 *
 *   0   4 bit  version, 4                     8   1  time to live
 *   0   4 bit  header length, 32-bit words    9   1  protocol
 *   1   1      type of service               10   2  header checksum
 *   2   2      total length, header included 12   4  source
 *   4   2      identification                16   4  destination
 *   6   2      flags (DF, MF) and offset     20   …  options, to the header length
 */
const length = 20;
const totalLengthAt = 2;
const flagsAt = 6;
const checksumAt = 10;
const sourceAt = 12;

const internetworkControl = 0xc0;
const dontFragment = 0x4000;
const moreFragmentsAndOffset = 0x3fff;

/** IPv4. It writes headers without options, with DF and identification 0 (RFC 6864 4.1). */
export const ipv4: IpHeader = {
  family: 4,
  etherType: etherType.ipv4,
  length,
  addressesAt: sourceAt,
  addressLength: 4,
  hopLimitAt: 8,
  protocolAt: 9,

  fault(frame, at, end) {
    if (end - at < length) return 'truncated';
    const headerLength = headerLengthOf(frame, at);
    const totalLength = readUint16(frame, at + totalLengthAt);
    if (frame[at]! >> 4 !== 4 || headerLength < length || totalLength < headerLength) return 'ip-header';
    if (totalLength > end - at) return 'truncated';
    return onesComplementSum(frame, at, headerLength) === 0xffff ? undefined : 'ip-header';
  },

  payloadAt: (frame, at) => at + headerLengthOf(frame, at),

  payloadLength: (frame, at) => readUint16(frame, at + totalLengthAt) - headerLengthOf(frame, at),

  isFragmentOf: (frame, at, protocol) =>
    frame[at + ipv4.protocolAt] === protocol && (readUint16(frame, at + flagsAt) & moreFragmentsAndOffset) !== 0,

  // RFC 1122 3.2.1.3: 0/8, 127/8 and everything from 224 up are no sources.
  isSourceMartian(frame, at) {
    const first = frame[at + sourceAt]!;
    return first === 0 || first === 127 || first >= 224;
  },

  write(frame, at, fields) {
    frame[at] = (4 << 4) | (length / 4);
    frame[at + 1] = internetworkControl;
    writeUint16(frame, at + totalLengthAt, length + fields.payloadLength);
    writeUint16(frame, at + 4, 0);
    writeUint16(frame, at + flagsAt, dontFragment);
    frame[at + ipv4.hopLimitAt] = 255;
    frame[at + ipv4.protocolAt] = fields.protocol;
    writeUint16(frame, at + checksumAt, 0);
    frame.set(fields.source, at + sourceAt);
    frame.set(fields.destination, at + sourceAt + 4);
    writeUint16(frame, at + checksumAt, internetChecksum(frame, at, length));
  },
};

function headerLengthOf(frame: Uint8Array, at: number): number {
  return (frame[at]! & 0x0f) * 4;
}
