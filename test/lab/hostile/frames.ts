/** What a hostile host may put on the wire. Nothing here is sent: see `sender`. */
import { createHmac } from 'node:crypto';
import { ipToBytes, parseIp } from '../../../src/core/ip/address.js';
import { stampOf } from '../../../src/core/vrrp/stamps.js';
import { encodeArp } from '../../../src/core/wire/arp.js';
import { internetChecksum, pseudoHeaderSum } from '../../../src/core/wire/checksum.js';
import { etherType, writeEthernetHeader } from '../../../src/core/wire/ethernet.js';
import { ipHeader } from '../../../src/core/wire/ip.js';
import { broadcastMac, multicastMac } from '../../../src/core/wire/mac.js';
import { allNodesGroup, encodeNdp, solicitedNodeGroup } from '../../../src/core/wire/ndp.js';
import { vrrpGroup } from '../../../src/core/wire/vrrp.js';
import { encodeAdvertFrame } from '../../../src/core/wire/vrrp-frame.js';

/** The MAC that all of them come from. */
export const hostileMac = Uint8Array.of(2, 0, 0, 0, 0, 0x66);

export const octets = (text: string) => ipToBytes(parseIp(text)!);

export interface Forgery {
  readonly virtualRouterId: number;
  /** In whose name. */
  readonly source: string;
  /** 0..255 */
  readonly priority: number;
  readonly addresses: readonly string[];
  /** To one node, else to the group. */
  readonly to?: string;
  /** Signed with this, in hexadecimal digits, under the ID 1. */
  readonly key?: string;
  /** The interval that it speaks of, in milliseconds; 250 when absent. */
  readonly intervalMs?: number;
  /** Of the stamp, which tells signed adverts of one instant apart; 0 when absent. */
  readonly counter?: number;
}

/** An advert of version 3 without a fault. */
export function forgedAdvert(o: Forgery): Uint8Array {
  const source = octets(o.source);
  const family = source.length === 4 ? 4 : 6;
  const destination = o.to === undefined ? vrrpGroup(family) : octets(o.to);
  const { key } = o;
  return encodeAdvertFrame({
    advert: {
      version: 3,
      family,
      virtualRouterId: o.virtualRouterId,
      priority: o.priority,
      interval: (o.intervalMs ?? 250) * 1000,
      addresses: o.addresses.map(octets),
    },
    sourceMac: hostileMac,
    destinationMac: o.to === undefined ? multicastMac(destination) : broadcastMac(),
    source,
    destination,
    checksum: 'pseudo-header',
    ...(key === undefined
      ? {}
      : {
          signature: {
            stamp: { ...stampOf(Date.now() * 1000), keyId: 1, counter: o.counter ?? 0 },
            hmac: (data) => createHmac('sha256', Buffer.from(key, 'hex')).update(data).digest(),
          },
        }),
  });
}

const ip = 14;
const message = ip + ipHeader(4).length;

/** A copy of an IPv4 frame with its header changed, and the header's checksum right again. */
export function withIpHeader(frame: Uint8Array, change: (copy: Uint8Array) => void): Uint8Array {
  const copy = Uint8Array.from(frame);
  change(copy);
  new DataView(copy.buffer).setUint16(ip + 10, 0);
  new DataView(copy.buffer).setUint16(ip + 10, internetChecksum(copy, ip, 20));
  return copy;
}

export const withTtl = (frame: Uint8Array, ttl: number) =>
  withIpHeader(frame, (copy) => {
    copy[ip + 8] = ttl;
  });

/** Adverts over IPv4 none of which is one: fragments, lengths, types, counts and checksums that are wrong. */
export function malformed(frame: Uint8Array): readonly Uint8Array[] {
  const changed = (at: number, value: number) => {
    const copy = Uint8Array.from(frame);
    copy[at] = value;
    return copy;
  };
  const long = Buffer.alloc(1500, 0xff);
  long.set(frame);
  return [
    // More fragments, and a last one at each offset of some.
    ...[0x20, 0x3f].map((flags) => withIpHeader(frame, (copy) => copy.set([flags], ip + 6))),
    ...[1, 2, 3, 185].map((at) => withIpHeader(frame, (copy) => copy.set([at], ip + 7))),
    // As long as the link takes, by its own header and not.
    long,
    withIpHeader(long, (copy) => new DataView(copy.buffer).setUint16(ip + 2, long.length - ip)),
    // Shorter, and longer, than the frame is.
    ...[0, 19, 20, 27, 0xffff].map((length) =>
      withIpHeader(frame, (copy) => new DataView(copy.buffer).setUint16(ip + 2, length)),
    ),
    ...Array.from({ length: 16 }, (_, version) => changed(message, (version << 4) | (version === 3 ? 2 : 1))),
    ...[0, 2, 254, 255].map((count) => changed(message + 3, count)),
    changed(message + 6, 0xff),
    ...Array.from({ length: 16 }, (_, words) => changed(ip, 0x40 | (words === 5 ? 0 : words))),
    frame.subarray(0, message + 4),
    frame.subarray(0, ip + 3),
  ];
}

/** The same to one station. */
export function sentTo(frame: Uint8Array, mac: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(frame);
  copy.set(mac);
  return copy;
}

/** The same from another. */
export function sentFrom(frame: Uint8Array, mac: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(frame);
  copy.set(mac, 6);
  return copy;
}

/** ARP: requests for an address, or announcements that it is the hostile host's. */
export function arp(operation: 'request' | 'reply', sender: string, target: string, mac = hostileMac): Uint8Array {
  return encodeArp({
    operation,
    senderMac: mac,
    senderAddress: octets(sender),
    targetMac: new Uint8Array(6),
    targetAddress: octets(target),
    destinationMac: broadcastMac(),
  });
}

export function neighborSolicitation(source: string, target: string): Uint8Array {
  const destination = solicitedNodeGroup(octets(target));
  return encodeNdp({
    type: 'neighbor-solicitation',
    source: octets(source),
    destination,
    target: octets(target),
    linkLayerAddress: hostileMac,
    sourceMac: hostileMac,
    destinationMac: multicastMac(destination),
  });
}

/** Says to all nodes that the address is the hostile host's. */
export function neighborAdvertisement(target: string): Uint8Array {
  const destination = allNodesGroup();
  return encodeNdp({
    type: 'neighbor-advertisement',
    router: false,
    solicited: false,
    override: true,
    source: octets(target),
    destination,
    target: octets(target),
    linkLayerAddress: hostileMac,
    sourceMac: hostileMac,
    destinationMac: multicastMac(destination),
  });
}

interface Segment {
  readonly source: string;
  readonly to: string;
  /** The Ethernet address of the receiver. */
  readonly mac: Uint8Array;
  readonly sourcePort: number;
  readonly port: number;
}

/** The first segment of a connection that nobody wants. */
export function syn({ source, to, mac, sourcePort, port }: Segment): Uint8Array {
  const frame = packet(source, to, mac, 6, 20);
  const view = new DataView(frame.buffer);
  view.setUint16(message, sourcePort);
  view.setUint16(message + 2, port);
  view.setUint32(message + 4, sourcePort * 7919);
  frame.set([0x50, 0x02, 0x20, 0], message + 12);
  view.setUint16(message + 16, internetChecksum(frame, message, 20, pseudoHeaderSum(frame, ip + 12, 4, 6, 20)));
  return frame;
}

/** A datagram of UDP over IPv4 without a checksum, with TTL 255. */
export function datagram({ source, to, mac, sourcePort, port }: Segment, payload: Uint8Array): Uint8Array {
  const frame = packet(source, to, mac, 17, 8 + payload.length);
  const view = new DataView(frame.buffer);
  view.setUint16(message, sourcePort);
  view.setUint16(message + 2, port);
  view.setUint16(message + 4, 8 + payload.length);
  frame.set(payload, message + 8);
  return frame;
}

function packet(source: string, to: string, mac: Uint8Array, protocol: number, payloadLength: number): Uint8Array {
  const frame = new Uint8Array(message + payloadLength);
  writeEthernetHeader(frame, { destination: mac, source: hostileMac, etherType: etherType.ipv4 });
  ipHeader(4).write(frame, ip, { source: octets(source), destination: octets(to), protocol, payloadLength });
  return frame;
}
