import { type ArpMessage, arpChecks, arpSender, encodeArp, readArp, readdressArp } from './arp.js';
import { ethernetPayloadAt, etherType, etherTypeOf } from './ethernet.js';
import { ipv6 } from './ipv6.js';
import { broadcastMac, macLength, multicastMac } from './mac.js';
import {
  allNodesGroup,
  encodeNdp,
  icmpv6Protocol,
  type NeighborAdvertisement,
  type NeighborSolicitation,
  ndpType,
  readNdp,
  solicitedNodeGroup,
} from './ndp.js';
import { ndpChecks } from './ndp-checks.js';
import { zeroOctets } from './octets.js';

/**
 * Every reason for which {@link decodeNeighborFrame} drops a frame; those of `arpChecks` and `ndpChecks`, and before them:
 *
 * - `truncated`: the frame ends before its headers do, or before the IP header says the datagram ends.
 * - `not-neighbor`: neither ARP nor an IPv6 datagram whose next header is ICMPv6, of type 135 or 136.
 * - `ip-header`: an IPv6 header of another version.
 * - `fragment`: a part of a datagram (RFC 6980 5).
 */
export const neighborDrops = [
  ...new Set([
    ...(['truncated', 'not-neighbor', 'ip-header', 'fragment'] as const),
    ...arpChecks.map((check) => check.reason),
    ...ndpChecks.map((check) => check.reason),
  ]),
] as const;

export type NeighborDrop = (typeof neighborDrops)[number];

export type NeighborDecode =
  | { readonly ok: true; readonly message: ArpMessage | NeighborSolicitation | NeighborAdvertisement }
  | {
      readonly ok: false;
      readonly reason: NeighborDrop;
      /** Whose address the sender claims: the sender of ARP, the source of IPv6; as far as it can be read. */
      readonly source?: Uint8Array;
    };

/**
 * Decodes a received ARP or NDP frame. Any bytes become a message or a named reason. Padding is ignored, one 802.1Q tag is
 * skipped. Whether the frame is for us, and about an address of ours, is not judged here.
 *
 * @param frame a buffer that may be longer than the frame and be used again afterwards
 * @param length bytes of the frame, at most `frame.length`
 */
export function decodeNeighborFrame(frame: Uint8Array, length: number): NeighborDecode {
  const at = ethernetPayloadAt(frame, length);
  if (at === 0) return { ok: false, reason: 'truncated' };
  const type = etherTypeOf(frame, at);
  if (type === etherType.arp) return decodeArp(frame, at, length);
  if (type === etherType.ipv6) return decodeNdp(frame, at, length);
  return { ok: false, reason: 'not-neighbor' };
}

/**
 * Encodes an announcement of an IPv4 address, broadcast: the request form of RFC 5227 2.3, or the reply form of RFC 5944 4.6,
 * whose target hardware address is the sender's (Linux takes no other reply for gratuitous: `arp_is_garp` of net/ipv4/arp.c).
 *
 * @returns a frame of 60 bytes
 */
export function encodeGratuitousArp(o: {
  readonly kind: 'request' | 'reply';
  readonly mac: Uint8Array;
  readonly address: Uint8Array;
}): Uint8Array {
  return encodeArp({
    operation: o.kind,
    senderMac: o.mac,
    senderAddress: o.address,
    targetMac: o.kind === 'reply' ? o.mac : new Uint8Array(macLength),
    targetAddress: o.address,
    destinationMac: broadcastMac(),
  });
}

/** Makes an encoded announcement one of another IPv4 address, in place: at a tenth of the cost of another frame. */
export function readdressGratuitousArp(frame: Uint8Array, address: Uint8Array): void {
  readdressArp(frame, address, address);
}

/** Encodes the answer to a request or probe, sent to the asker alone: a frame of 60 bytes. */
export function encodeArpReply(o: {
  readonly mac: Uint8Array;
  readonly address: Uint8Array;
  /** The sender of the request; its address is all zero when that was a probe. */
  readonly to: { readonly mac: Uint8Array; readonly address: Uint8Array };
}): Uint8Array {
  return encodeArp({
    operation: 'reply',
    senderMac: o.mac,
    senderAddress: o.address,
    targetMac: o.to.mac,
    targetAddress: o.to.address,
    destinationMac: o.to.mac,
  });
}

/** Encodes the question whether anybody has an IPv4 address, which claims nothing (RFC 5227 2.1.1): a frame of 60 bytes. */
export function encodeArpProbe(o: { readonly mac: Uint8Array; readonly address: Uint8Array }): Uint8Array {
  return encodeArp({
    operation: 'request',
    senderMac: o.mac,
    senderAddress: new Uint8Array(4),
    targetMac: new Uint8Array(macLength),
    targetAddress: o.address,
    destinationMac: broadcastMac(),
  });
}

/**
 * Encodes an announcement of an IPv6 address to all nodes (RFC 4861 7.2.6): not solicited, overriding.
 *
 * @param o.router the R flag: whether the sender forwards. A wrong false makes hosts drop it as a router (RFC 4861 7.2.5)
 * @param o.source the IP source; without it the address itself
 */
export function encodeUnsolicitedNeighborAdvertisement(o: {
  readonly mac: Uint8Array;
  readonly address: Uint8Array;
  readonly router: boolean;
  readonly source?: Uint8Array;
}): Uint8Array {
  return encodeAdvertisement(o, { destination: allNodesGroup(), destinationMac: multicastMac(allNodesGroup()) }, false);
}

/**
 * Encodes the answer to a solicitation (RFC 4861 7.2.4): to the asker alone and solicited, or to all nodes and not, when the
 * solicitation came from the unspecified address.
 */
export function encodeSolicitedNeighborAdvertisement(o: {
  readonly mac: Uint8Array;
  readonly address: Uint8Array;
  readonly router: boolean;
  readonly source?: Uint8Array;
  /** Source of the solicitation, and the link-layer address of its option or, without one, of its frame. */
  readonly to: { readonly mac: Uint8Array; readonly address: Uint8Array };
}): Uint8Array {
  if (zeroOctets(o.to.address, 0, o.to.address.length)) return encodeUnsolicitedNeighborAdvertisement(o);
  return encodeAdvertisement(o, { destination: o.to.address, destinationMac: o.to.mac }, true);
}

/**
 * Encodes the question who has an IPv6 address, to its solicited-node group.
 *
 * @param o.source the asker's own address; without it the unspecified one, and no link-layer option: Duplicate Address
 *   Detection (RFC 4862 5.4.2), which claims nothing
 */
export function encodeNeighborSolicitation(o: {
  readonly mac: Uint8Array;
  readonly address: Uint8Array;
  readonly source?: Uint8Array;
}): Uint8Array {
  const destination = solicitedNodeGroup(o.address);
  return encodeNdp({
    type: 'neighbor-solicitation',
    source: o.source ?? new Uint8Array(16),
    destination,
    target: o.address,
    ...(o.source && { linkLayerAddress: o.mac }),
    sourceMac: o.mac,
    destinationMac: multicastMac(destination),
  });
}

function encodeAdvertisement(
  o: { readonly mac: Uint8Array; readonly address: Uint8Array; readonly router: boolean; readonly source?: Uint8Array },
  to: { readonly destination: Uint8Array; readonly destinationMac: Uint8Array },
  solicited: boolean,
): Uint8Array {
  return encodeNdp({
    type: 'neighbor-advertisement',
    source: o.source ?? o.address,
    ...to,
    target: o.address,
    linkLayerAddress: o.mac,
    sourceMac: o.mac,
    router: o.router,
    solicited,
    override: true,
  });
}

function decodeArp(frame: Uint8Array, at: number, length: number): NeighborDecode {
  for (const { reason, passes } of arpChecks) {
    if (passes(frame, at, length)) continue;
    return reason === 'truncated' ? { ok: false, reason } : { ok: false, reason, source: arpSender(frame, at) };
  }
  return { ok: true, message: readArp(frame, at) };
}

function decodeNdp(frame: Uint8Array, ip: number, length: number): NeighborDecode {
  const fault = ipv6.fault(frame, ip, length);
  if (fault !== undefined) return { ok: false, reason: fault };
  if (ipv6.isFragmentOf(frame, ip, icmpv6Protocol)) return drop('fragment', frame, ip);
  const at = ipv6.payloadAt(frame, ip);
  const messageLength = ipv6.payloadLength(frame, ip);
  if (frame[ip + ipv6.protocolAt] !== icmpv6Protocol || messageLength === 0)
    return { ok: false, reason: 'not-neighbor' };
  if (frame[at] !== ndpType.solicitation && frame[at] !== ndpType.advertisement)
    return { ok: false, reason: 'not-neighbor' };
  for (const { reason, passes } of ndpChecks) {
    if (!passes(frame, ip, at, messageLength)) return drop(reason, frame, ip);
  }
  return { ok: true, message: readNdp(frame, ip, at, messageLength) };
}

function drop(reason: NeighborDrop, frame: Uint8Array, ip: number): NeighborDecode {
  const at = ip + ipv6.addressesAt;
  return { ok: false, reason, source: frame.slice(at, at + ipv6.addressLength) };
}
