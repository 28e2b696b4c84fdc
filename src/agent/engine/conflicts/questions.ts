/** Frames that ask who has an address. */
import { encodeArp } from '../../../core/wire/arp.js';
import { broadcastMac } from '../../../core/wire/mac.js';
import { encodeArpProbe, encodeNeighborSolicitation } from '../../../core/wire/neighbor-frame.js';

/** Asks a member for its MAC, as anybody does who wants to send it a packet. */
export function memberQuestion(mac: Uint8Array, source: Uint8Array, peer: Uint8Array): Uint8Array {
  if (peer.length === 16) return encodeNeighborSolicitation({ mac, address: peer, source });
  return encodeArp({
    operation: 'request',
    senderMac: mac,
    senderAddress: source,
    targetMac: new Uint8Array(mac.length),
    targetAddress: peer,
    destinationMac: broadcastMac(),
  });
}

/** Asks for an address that is to be held, in nobody's name: RFC 5227 section 2.1.1, RFC 4862 section 5.4. */
export function probeFrame(mac: Uint8Array, address: Uint8Array): Uint8Array {
  return address.length === 4 ? encodeArpProbe({ mac, address }) : encodeNeighborSolicitation({ mac, address });
}
