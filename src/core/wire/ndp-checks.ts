import { destinationMacAt, sourceMacAt } from './ethernet.js';
import { ipv6 } from './ipv6.js';
import { isStationMac, macLength } from './mac.js';
import {
  icmpv6ChecksumHolds,
  linkLayerAddressAt,
  ndpField,
  ndpFlag,
  ndpHeaderLength,
  ndpType,
  optionsAreWhole,
} from './ndp.js';
import { sameOctets, zeroOctets } from './octets.js';

/** One receive check, as `AdvertCheck`: the frame, its IP header, the ICMPv6 message, and bytes of that message. */
interface NdpCheck {
  readonly reason: string;
  readonly clause: string;
  readonly passes: (frame: Uint8Array, ip: number, at: number, length: number) => boolean;
}

const addressesAt = ipv6.addressesAt;

/**
 * The checks of a received Neighbor Solicitation or Advertisement, in the order of RFC 4861 7.1.1 and 7.1.2, then those of
 * the frame around it: the first that fails is the reason of the drop.
 */
export const ndpChecks = [
  {
    reason: 'hop-limit',
    clause: 'RFC 4861 7.1.1, 7.1.2: the Hop Limit is 255, so no router forwarded it',
    passes: (frame, ip) => frame[ip + ipv6.hopLimitAt] === 255,
  },
  {
    reason: 'checksum',
    clause: 'RFC 4861 7.1.1, 7.1.2',
    passes: icmpv6ChecksumHolds,
  },
  { reason: 'code', clause: 'RFC 4861 7.1.1, 7.1.2: 0', passes: (frame, _ip, at) => frame[at + ndpField.code] === 0 },
  {
    reason: 'length',
    clause: 'RFC 4861 7.1.1, 7.1.2: 24 bytes or more',
    passes: (_frame, _ip, _at, length) => length >= ndpHeaderLength,
  },
  {
    reason: 'target-address',
    clause: 'RFC 4861 7.1.1, 7.1.2: the target is not multicast; nor is it unspecified or loopback',
    passes: (frame, _ip, at) => {
      const target = at + ndpField.target;
      return frame[target] !== 0xff && !(zeroOctets(frame, target, 15) && frame[target + 15]! <= 1);
    },
  },
  {
    reason: 'option',
    clause:
      'RFC 4861 7.1.1, 7.1.2: every option is longer than 0; each is in the message whole; RFC 2464 6: 8 bytes for a link-layer address',
    passes: (frame, _ip, at, length) => optionsAreWhole(frame, at, length),
  },
  {
    reason: 'duplicate-detection',
    clause:
      'RFC 4861 7.1.1: from the unspecified address to a solicited-node group only, and without a link-layer address',
    passes: (frame, ip, at, length) =>
      isAdvertisement(frame, at) ||
      !zeroOctets(frame, ip + addressesAt, 16) ||
      (isSolicitedNodeGroup(frame, ip + addressesAt + 16) && linkLayerAddressAt(frame, at, length) === 0),
  },
  {
    reason: 'solicited-multicast',
    clause: 'RFC 4861 7.1.2: an advertisement to a group is not solicited',
    passes: (frame, ip, at) =>
      !isAdvertisement(frame, at) ||
      frame[ip + addressesAt + 16] !== 0xff ||
      (frame[at + ndpField.flags]! & ndpFlag.solicited) === 0,
  },
  {
    reason: 'sender-address',
    clause: 'RFC 4291 2.7, 2.5.3: no multicast or loopback source; unspecified in a solicitation only (RFC 4861 4.4)',
    passes: (frame, ip, at) =>
      !ipv6.isSourceMartian(frame, ip) || (!isAdvertisement(frame, at) && zeroOctets(frame, ip + addressesAt, 16)),
  },
  {
    reason: 'sender-mac',
    clause: 'IEEE 802.3: a source is no group; RFC 1812 3.3.2 likewise for what is to be learned',
    passes: (frame, _ip, at, length) => {
      const link = linkLayerAddressAt(frame, at, length);
      return isStationMac(frame, sourceMacAt) && (link === 0 || isStationMac(frame, link));
    },
  },
  {
    reason: 'self-addressed',
    clause: 'IEEE 802.3: no station sends to itself over a wire; RFC 4861 7.2.2: nobody solicits its own address',
    passes: (frame, ip, at) =>
      !sameOctets(frame, sourceMacAt, frame, destinationMacAt, macLength) &&
      (isAdvertisement(frame, at) || !sameOctets(frame, ip + addressesAt, frame, at + ndpField.target, 16)),
  },
] as const satisfies readonly NdpCheck[];

function isAdvertisement(frame: Uint8Array, at: number): boolean {
  return frame[at] === ndpType.advertisement;
}

/** Whether the 16 bytes at `at` are of ff02::1:ff00:0/104. */
function isSolicitedNodeGroup(frame: Uint8Array, at: number): boolean {
  return (
    frame[at] === 0xff &&
    frame[at + 1] === 0x02 &&
    zeroOctets(frame, at + 2, 9) &&
    frame[at + 11] === 0x01 &&
    frame[at + 12] === 0xff
  );
}
