/**
 * Where packets for routes of the family that a session is not over are to be sent: to the node's own address on the same NIC.
 */
import { establishedOf } from '../../../core/bgp/steps.js';
import { equalOctets } from '../../../core/wire/octets.js';
import { addressBeside, type NicAddress } from './locate/beside.js';
import { hasOtherFamily, scopeOf } from './location.js';
import { give } from './session-driver.js';
import type { Speaker } from './state.js';

/** Looks again at the addresses that sessions need, after the network has changed. One that is gone without another stays told. */
export function renewNextHops(speaker: Speaker): void {
  let all: readonly NicAddress[] | undefined;
  for (const peer of speaker.peers.values()) {
    const connection = establishedOf(peer.session);
    if (!connection || peer.going) continue;
    const { localAddress, beside, negotiated } = connection;
    const isOwnEnough = localAddress.length === 16 && negotiated!.extendedNextHop;
    if (isOwnEnough || !hasOtherFamily(peer, localAddress)) continue;
    all ??= speaker.world.addresses();
    const found = addressBeside(all, localAddress, scopeOf(peer, localAddress), beside);
    if (!found || (beside && equalOctets(beside, found))) continue;
    peer.reportDue = true;
    give(speaker, peer, { type: 'beside', address: found });
  }
}
