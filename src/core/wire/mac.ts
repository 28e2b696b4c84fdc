import { assert } from '../assert.js';
import type { Family } from '../ip/address.js';

/** Bytes of an Ethernet address. */
export const macLength = 6;

/** Parses `00:00:5e:00:01:33` (hyphens and either case accepted), or returns undefined. */
export function parseMac(text: string): Uint8Array | undefined {
  if (!/^[0-9a-f]{2}(?:(?::[0-9a-f]{2}){5}|(?:-[0-9a-f]{2}){5})$/i.test(text)) return undefined;
  return Uint8Array.from(text.split(/[:-]/), (octet) => Number.parseInt(octet, 16));
}

/** Lower-case hexadecimal octets separated by colons. */
export function formatMac(mac: Uint8Array): string {
  return Array.from(mac, (octet) => octet.toString(16).padStart(2, '0')).join(':');
}

/** ff:ff:ff:ff:ff:ff, as a new array. */
export function broadcastMac(): Uint8Array {
  return new Uint8Array(macLength).fill(0xff);
}

/** The address that all routers of a virtual router share: 00:00:5e:00:01:{VRID} or …:02:{VRID} (RFC 9568 7.3). */
export function virtualRouterMac(family: Family, virtualRouterId: number): Uint8Array {
  assert(
    Number.isInteger(virtualRouterId) && virtualRouterId >= 1 && virtualRouterId <= 255,
    `a VRID is 1 to 255, not ${virtualRouterId}`,
  );
  return Uint8Array.of(0x00, 0x00, 0x5e, 0x00, family === 4 ? 0x01 : 0x02, virtualRouterId);
}

/** Whether it is one that all routers of some virtual router share, of either family. */
export function isVirtualRouterMac(mac: Uint8Array): boolean {
  const [a, b, c, d, e] = mac;
  return a === 0x00 && b === 0x00 && c === 0x5e && d === 0x00 && (e === 0x01 || e === 0x02);
}

/** The Ethernet group of an IP multicast group: its low 23 bits (RFC 1112 6.4) or 32 bits (RFC 2464 7). */
export function multicastMac(group: Uint8Array): Uint8Array {
  assert(group.length === 4 || group.length === 16, `an IP address has 4 or 16 bytes, not ${group.length}`);
  if (group.length === 4) return Uint8Array.of(0x01, 0x00, 0x5e, group[1]! & 0x7f, group[2]!, group[3]!);
  return Uint8Array.of(0x33, 0x33, ...group.subarray(12));
}

/** Whether the Ethernet address at `at` can be a station's own: not a group (IEEE 802.3 3.2.3) and not all zero. */
export function isStationMac(bytes: Uint8Array, at: number): boolean {
  if ((bytes[at]! & 0x01) !== 0) return false;
  for (let i = 0; i < macLength; i++) if (bytes[at + i] !== 0) return true;
  return false;
}
