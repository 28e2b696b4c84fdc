/** What announces an address: ARP in both its forms, since hosts differ in which they heed, or in one; with IPv6 an advertisement. */
import {
  encodeGratuitousArp,
  encodeUnsolicitedNeighborAdvertisement,
  readdressGratuitousArp,
} from '../../../core/wire/neighbor-frame.js';
import type { AnnouncementForm } from './contract.js';

const bothForms: readonly AnnouncementForm[] = ['request', 'reply'];

/**
 * Makes the frames that announce addresses from `mac`. Those of one address lie where those of the one before did: a takeover announces
 * thousands, and what is made for each would have to be collected meanwhile.
 *
 * @param router whether this node forwards, which IPv6 says
 */
export function announcementFrames(
  mac: Uint8Array,
  router: boolean,
  form?: AnnouncementForm,
): (address: Uint8Array) => readonly Uint8Array[] {
  let arp: readonly Uint8Array[] | undefined;
  return (address) => {
    if (address.length === 16) return [encodeUnsolicitedNeighborAdvertisement({ mac, address, router })];
    arp ??= (form === undefined ? bothForms : [form]).map((kind) => encodeGratuitousArp({ kind, mac, address }));
    for (const frame of arp) readdressGratuitousArp(frame, address);
    return arp;
  };
}
