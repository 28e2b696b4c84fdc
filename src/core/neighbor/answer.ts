/**
 * What to say to a neighbour who asks for an address.
 */
import type { ArpMessage } from '../wire/arp.js';
import { isArpAnnouncement } from '../wire/arp.js';
import { broadcastMac, multicastMac } from '../wire/mac.js';
import type { NeighborAdvertisement, NeighborSolicitation } from '../wire/ndp.js';
import { solicitedNodeGroup } from '../wire/ndp.js';
import { encodeArpReply, encodeSolicitedNeighborAdvertisement } from '../wire/neighbor-frame.js';
import { equalOctets } from '../wire/octets.js';

export type NeighborMessage = ArpMessage | NeighborSolicitation | NeighborAdvertisement;

/** Why a message gets no answer, in the order of the checks. */
export const silences = [
  /** In a VLAN that is another interface's. */
  'vlan',
  /** Sent by this NIC itself. */
  'own-frame',
  /** A reply or an advertisement. */
  'not-a-request',
  /** It tells of the sender's own address instead of asking. */
  'announcement',
  /** For an address that is not answered for here. */
  'not-ours',
  /** Sent to another station: only a promiscuous NIC sees it. */
  'other-station',
  /** Sent to a group that is not the one to ask for this address. */
  'other-group',
] as const;

export type Silence = (typeof silences)[number];

/**
 * A frame to send, or why there is none. Answered is what was sent to everybody who may have the address (broadcast for ARP, the
 * solicited-node group for NDP, RFC 4861 7.2.2) or to this NIC alone, as hosts ask again before they give a neighbour up.
 *
 * @param mac 6 bytes, what the answer says
 * @param router whether this node forwards, which IPv6 says (RFC 4861 7.2.4)
 * @param answered whether an address (4 or 16 bytes) is answered for on this NIC
 */
export function answerTo(
  message: NeighborMessage,
  mac: Uint8Array,
  router: boolean,
  answered: (address: Uint8Array) => boolean,
): Uint8Array | Silence {
  if (message.vlan !== 0) return 'vlan';
  return message.type === 'arp' ? answerArp(message, mac, answered) : answerNdp(message, mac, router, answered);
}

function answerArp(message: ArpMessage, mac: Uint8Array, answered: (address: Uint8Array) => boolean) {
  if (equalOctets(message.senderMac, mac)) return 'own-frame';
  if (message.operation !== 'request') return 'not-a-request';
  if (isArpAnnouncement(message)) return 'announcement';
  if (!answered(message.targetAddress)) return 'not-ours';
  const stray = strayFrame(message.destinationMac, mac, broadcastMac());
  if (stray !== undefined) return stray;
  const to = { mac: message.senderMac, address: message.senderAddress };
  return encodeArpReply({ mac, address: message.targetAddress, to });
}

function answerNdp(
  message: NeighborSolicitation | NeighborAdvertisement,
  mac: Uint8Array,
  router: boolean,
  answered: (address: Uint8Array) => boolean,
) {
  if (equalOctets(message.sourceMac, mac)) return 'own-frame';
  if (message.type !== 'neighbor-solicitation') return 'not-a-request';
  if (!answered(message.target)) return 'not-ours';
  const group = solicitedNodeGroup(message.target);
  const stray = strayFrame(message.destinationMac, mac, multicastMac(group));
  if (stray !== undefined) return stray;
  const { destination, target, source } = message;
  if (!equalOctets(destination, group) && !equalOctets(destination, target)) return 'other-group';
  const to = { mac: message.linkLayerAddress ?? message.sourceMac, address: source };
  return encodeSolicitedNeighborAdvertisement({ mac, address: target, router, to });
}

/** @param asked where everybody who may have the address is asked */
function strayFrame(destination: Uint8Array, mac: Uint8Array, asked: Uint8Array): Silence | undefined {
  if (equalOctets(destination, mac) || equalOctets(destination, asked)) return undefined;
  return (destination[0]! & 1) === 1 ? 'other-group' : 'other-station';
}
