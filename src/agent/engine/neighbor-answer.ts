/**
 * What to say to a neighbour who asks for an address: pure.
 */
import type { ArpMessage } from '../../core/wire/arp.js';
import { isArpAnnouncement } from '../../core/wire/arp.js';
import type { NeighborAdvertisement, NeighborSolicitation } from '../../core/wire/ndp.js';
import { encodeArpReply, encodeSolicitedNeighborAdvertisement } from '../../core/wire/neighbor-frame.js';
import { equalOctets } from '../../core/wire/octets.js';

export type NeighborMessage = ArpMessage | NeighborSolicitation | NeighborAdvertisement;

/** Why a message gets no answer, in the order of the checks. */
export type Silence =
  /** In a VLAN that is another interface's. */
  | 'vlan'
  /** Sent by this NIC itself. */
  | 'own-frame'
  /** A reply or an advertisement. */
  | 'not-a-request'
  /** It tells of the sender's own address instead of asking. */
  | 'announcement'
  /** Sent to another station: only a promiscuous NIC sees it. */
  | 'other-station'
  /** For an address that is not answered for here. */
  | 'not-ours';

/** A frame to send, or why there is none. @param answered whether an address (4 or 16 bytes) is answered for on this NIC */
export function answerTo(
  message: NeighborMessage,
  mac: Uint8Array,
  answered: (address: Uint8Array) => boolean,
): Uint8Array | Silence {
  if (message.vlan !== 0) return 'vlan';
  return message.type === 'arp' ? answerArp(message, mac, answered) : answerNdp(message, mac, answered);
}

function answerArp(message: ArpMessage, mac: Uint8Array, answered: (address: Uint8Array) => boolean) {
  if (equalOctets(message.senderMac, mac)) return 'own-frame';
  if (message.operation !== 'request') return 'not-a-request';
  if (isArpAnnouncement(message)) return 'announcement';
  if (!isForUs(message.destinationMac, mac)) return 'other-station';
  if (!answered(message.targetAddress)) return 'not-ours';
  const to = { mac: message.senderMac, address: message.senderAddress };
  return encodeArpReply({ mac, address: message.targetAddress, to });
}

function answerNdp(
  message: NeighborSolicitation | NeighborAdvertisement,
  mac: Uint8Array,
  answered: (address: Uint8Array) => boolean,
) {
  if (equalOctets(message.sourceMac, mac)) return 'own-frame';
  if (message.type !== 'neighbor-solicitation') return 'not-a-request';
  if (!isForUs(message.destinationMac, mac)) return 'other-station';
  if (!answered(message.target)) return 'not-ours';
  const to = { mac: message.linkLayerAddress ?? message.sourceMac, address: message.source };
  return encodeSolicitedNeighborAdvertisement({ mac, address: message.target, router: true, to });
}

/** To everybody (a group address) or to this NIC. */
function isForUs(destination: Uint8Array, mac: Uint8Array): boolean {
  return (destination[0]! & 1) === 1 || equalOctets(destination, mac);
}
