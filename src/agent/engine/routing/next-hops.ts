/**
 * Where packets for routes of the family that a session is not over are to be sent: to the node's own address on the same NIC.
 */
import { establishedOf } from '../../../core/bgp/steps.js';
import { equalOctets } from '../../../core/wire/octets.js';
import { besideOf } from './location.js';
import { give } from './session-driver.js';
import type { Speaker } from './state.js';

/** Looks again at the addresses that sessions need, after the network has changed. One that is gone without another stays told. */
export function renewNextHops(speaker: Speaker): void {
  for (const peer of speaker.peers.values()) {
    const connection = establishedOf(peer.session);
    if (!connection || peer.going) continue;
    const beside = besideOf(speaker, peer, connection.localAddress, connection.beside);
    if (!beside || (connection.beside && equalOctets(connection.beside, beside))) continue;
    peer.reportDue = true;
    give(speaker, peer, { type: 'beside', address: beside });
  }
}
