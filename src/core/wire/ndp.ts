import { assert } from '../assert.js';
import { internetChecksum, onesComplementSum, pseudoHeaderSum } from './checksum.js';
import { destinationMacAt, ethernetHeaderLength, sourceMacAt, vlanOf, writeEthernetHeader } from './ethernet.js';
import { ipv6 } from './ipv6.js';
import { macLength } from './mac.js';
import { writeUint16 } from './octets.js';

/*
 * Neighbor Solicitation (135) and Neighbor Advertisement (136) of RFC 4861 4.3, 4.4, after the IPv6 header:
 *
 *   0   1  type                     4   4  advertisement: R, S, O bits, then reserved; solicitation: reserved
 *   1   1  code, 0                  8  16  target address
 *   2   2  checksum                24   …  options: type, length in units of 8 bytes, value
 *
 * On Ethernet a link-layer address option (1 source, 2 target) has length 1 and 6 bytes of address (RFC 2464 6).
 */

/** ICMPv6's number as a next header. */
export const icmpv6Protocol = 58;
/** Bytes before the options. */
export const ndpHeaderLength = 24;

export const ndpType = { solicitation: 135, advertisement: 136 } as const;
/** Where fields are in a message. */
export const ndpField = { type: 0, code: 1, checksum: 2, flags: 4, target: 8 } as const;
/** Bits of the first flag byte of an advertisement. */
export const ndpFlag = { router: 0x80, solicited: 0x40, override: 0x20 } as const;

const optionLength = 8;
const sourceLinkLayer = 1;
const targetLinkLayer = 2;

interface NeighborMessage {
  /** Addresses of the IP header, 16 bytes. */
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly target: Uint8Array;
  /** The sender's link-layer address option (source of a solicitation, target of an advertisement), 6 bytes. */
  readonly linkLayerAddress?: Uint8Array;
  /** Addresses of the Ethernet header, 6 bytes. */
  readonly sourceMac: Uint8Array;
  readonly destinationMac: Uint8Array;
  /** VLAN of a tag inside the frame; 0 when there is none. */
  readonly vlan: number;
}

/** Asks for the link-layer address of the target; with the unspecified source it is Duplicate Address Detection (RFC 4862 5.4). */
export interface NeighborSolicitation extends NeighborMessage {
  readonly type: 'neighbor-solicitation';
}

/** Tells the link-layer address of the target. */
export interface NeighborAdvertisement extends NeighborMessage {
  readonly type: 'neighbor-advertisement';
  readonly router: boolean;
  /** Whether it answers a solicitation. */
  readonly solicited: boolean;
  /** Whether it replaces what a cache holds. */
  readonly override: boolean;
}

/** The group that whoever has the address listens to: ff02::1:ffXX:XXXX (RFC 4291 2.7.1), as a new array. */
export function solicitedNodeGroup(address: Uint8Array): Uint8Array {
  assert(address.length === 16, `an IPv6 address has 16 bytes, not ${address.length}`);
  return Uint8Array.of(0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0xff, address[13]!, address[14]!, address[15]!);
}

/** The group of all nodes of a link, ff02::1, as a new array. */
export function allNodesGroup(): Uint8Array {
  return Uint8Array.of(0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
}

/** Whether the checksum of the ICMPv6 message at `at` is right (RFC 4443 2.3). */
export function icmpv6ChecksumHolds(frame: Uint8Array, ip: number, at: number, length: number): boolean {
  return onesComplementSum(frame, at, length, icmpv6PseudoHeaderSum(frame, ip, length)) === 0xffff;
}

/** Whether the options of a message of `length` bytes fill it exactly and none has length 0 (RFC 4861 4.6). */
export function optionsAreWhole(frame: Uint8Array, at: number, length: number): boolean {
  const end = at + length;
  for (let option = at + ndpHeaderLength; option < end; ) {
    const size = option + 1 < end ? frame[option + 1]! * optionLength : 0;
    if (size === 0 || size > end - option) return false;
    if (isLinkLayerOption(frame[option]!) && size !== optionLength) return false;
    option += size;
  }
  return true;
}

/**
 * Where the sender's link-layer address is in a message whose options are whole: that of the first option of the kind that
 * belongs to the message's type; 0 when there is none. Other options are ignored (RFC 4861 7.1.1, 7.1.2).
 */
export function linkLayerAddressAt(frame: Uint8Array, at: number, length: number): number {
  const wanted = frame[at] === ndpType.solicitation ? sourceLinkLayer : targetLinkLayer;
  for (let option = at + ndpHeaderLength; option < at + length; option += frame[option + 1]! * optionLength) {
    if (frame[option] === wanted) return option + 2;
  }
  return 0;
}

/** Reads a message that passed every check. */
export function readNdp(
  frame: Uint8Array,
  ip: number,
  at: number,
  length: number,
): NeighborSolicitation | NeighborAdvertisement {
  const link = linkLayerAddressAt(frame, at, length);
  const addresses = ip + ipv6.addressesAt;
  const message: NeighborMessage = {
    source: frame.slice(addresses, addresses + 16),
    destination: frame.slice(addresses + 16, addresses + 32),
    target: frame.slice(at + ndpField.target, at + ndpField.target + 16),
    ...(link > 0 && { linkLayerAddress: frame.slice(link, link + macLength) }),
    sourceMac: frame.slice(sourceMacAt, sourceMacAt + macLength),
    destinationMac: frame.slice(destinationMacAt, destinationMacAt + macLength),
    vlan: vlanOf(frame, ip),
  };
  if (frame[at] === ndpType.solicitation) return { type: 'neighbor-solicitation', ...message };
  const flags = frame[at + ndpField.flags]!;
  return {
    type: 'neighbor-advertisement',
    ...message,
    router: (flags & ndpFlag.router) !== 0,
    solicited: (flags & ndpFlag.solicited) !== 0,
    override: (flags & ndpFlag.override) !== 0,
  };
}

/** Encodes a frame: Ethernet, IPv6 with hop limit 255, ICMPv6 with its checksum, and the link-layer option if there is one. */
export function encodeNdp(
  message: Omit<NeighborSolicitation, 'vlan'> | Omit<NeighborAdvertisement, 'vlan'>,
): Uint8Array {
  const { source, destination, target, linkLayerAddress } = message;
  for (const address of [source, destination, target]) {
    assert(address.length === 16, `an IPv6 address has 16 bytes, not ${address.length}`);
  }
  const length = ndpHeaderLength + (linkLayerAddress ? optionLength : 0);
  const ip = ethernetHeaderLength;
  const at = ip + ipv6.length;
  const frame = new Uint8Array(at + length);
  writeEthernetHeader(frame, {
    destination: message.destinationMac,
    source: message.sourceMac,
    etherType: ipv6.etherType,
  });
  ipv6.write(frame, ip, { source, destination, protocol: icmpv6Protocol, payloadLength: length });
  const solicitation = message.type === 'neighbor-solicitation';
  frame[at] = solicitation ? ndpType.solicitation : ndpType.advertisement;
  if (!solicitation) frame[at + ndpField.flags] = flagsOf(message);
  frame.set(target, at + ndpField.target);
  if (linkLayerAddress) {
    assert(linkLayerAddress.length === macLength, `an Ethernet address has 6 bytes, not ${linkLayerAddress.length}`);
    frame[at + ndpHeaderLength] = solicitation ? sourceLinkLayer : targetLinkLayer;
    frame[at + ndpHeaderLength + 1] = 1;
    frame.set(linkLayerAddress, at + ndpHeaderLength + 2);
  }
  writeUint16(
    frame,
    at + ndpField.checksum,
    internetChecksum(frame, at, length, icmpv6PseudoHeaderSum(frame, ip, length)),
  );
  return frame;
}

function flagsOf(message: Omit<NeighborAdvertisement, 'vlan'>): number {
  return (
    (message.router ? ndpFlag.router : 0) |
    (message.solicited ? ndpFlag.solicited : 0) |
    (message.override ? ndpFlag.override : 0)
  );
}

function icmpv6PseudoHeaderSum(frame: Uint8Array, ip: number, length: number): number {
  return pseudoHeaderSum(frame, ip + ipv6.addressesAt, ipv6.addressLength, icmpv6Protocol, length);
}

function isLinkLayerOption(type: number): boolean {
  return type === sourceLinkLayer || type === targetLinkLayer;
}
