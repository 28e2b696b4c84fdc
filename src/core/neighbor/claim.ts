import { type ArpMessage, isArpProbe } from '../wire/arp.js';
import type { NeighborAdvertisement, NeighborSolicitation } from '../wire/ndp.js';
import { zeroOctets } from '../wire/octets.js';

/** What a message says of an address that somebody else has, or is about to take. */
export interface Claim {
  /** `holds`: the sender has it. `wants`: it asks whether it may take it, as Duplicate Address Detection does. */
  readonly kind: 'holds' | 'wants';
  /** 4 or 16 bytes */
  readonly address: Uint8Array;
  /** The claimant's MAC, 6 bytes. */
  readonly mac: Uint8Array;
}

/**
 * The claim in a message; undefined when it makes none. An ARP packet claims its sender address (RFC 5227 section 2.4) and a
 * probe wants its target; a neighbour advertisement claims its target, and a solicitation from the unspecified address wants it
 * (RFC 4862 section 5.4).
 */
export function claimOf(message: ArpMessage | NeighborSolicitation | NeighborAdvertisement): Claim | undefined {
  if (message.vlan !== 0) return undefined;
  switch (message.type) {
    case 'arp':
      return isArpProbe(message)
        ? { kind: 'wants', address: message.targetAddress, mac: message.senderMac }
        : { kind: 'holds', address: message.senderAddress, mac: message.senderMac };
    case 'neighbor-advertisement':
      return { kind: 'holds', address: message.target, mac: message.linkLayerAddress ?? message.sourceMac };
    case 'neighbor-solicitation':
      return zeroOctets(message.source, 0, 16)
        ? { kind: 'wants', address: message.target, mac: message.sourceMac }
        : undefined;
  }
}
