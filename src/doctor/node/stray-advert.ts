/**
 * An advert that no router takes for one, to see whether it arrives: it has virtual router ID 0, which every receiver drops for that alone (RFC
 * 9568 5.2.3), and agents count it. Pure.
 */
import type { Family } from '../../core/ip/address.js';
import { ethernetHeaderLength } from '../../core/wire/ethernet.js';
import { ipHeader } from '../../core/wire/ip.js';
import { multicastMac } from '../../core/wire/mac.js';
import { readUint16, writeUint16 } from '../../core/wire/octets.js';
import { virtualRouterLinkLocal, vrrpField, vrrpGroup } from '../../core/wire/vrrp.js';
import { encodeAdvertFrame } from '../../core/wire/vrrp-frame.js';

/** A whole frame to the group of VRRP. @param source an address of the NIC, of which `mac` is the MAC */
export function strayAdvert(mac: Uint8Array, source: Uint8Array): Uint8Array {
  const family: Family = source.length === 4 ? 4 : 6;
  const destination = vrrpGroup(family);
  const frame = encodeAdvertFrame({
    advert: {
      version: 3,
      family,
      virtualRouterId: 1,
      priority: 1,
      interval: 1_000_000,
      addresses: [family === 4 ? source : virtualRouterLinkLocal(1)],
    },
    sourceMac: mac,
    destinationMac: multicastMac(destination),
    source,
    destination,
    checksum: 'pseudo-header',
  });
  const at = ethernetHeaderLength + ipHeader(family).length;
  frame[at + vrrpField.virtualRouterId] = 0;
  // The sum is one less, so its complement is one more (RFC 1624).
  const checksum = readUint16(frame, at + vrrpField.checksum) + 1;
  writeUint16(frame, at + vrrpField.checksum, (checksum & 0xffff) + (checksum >> 16));
  return frame;
}
