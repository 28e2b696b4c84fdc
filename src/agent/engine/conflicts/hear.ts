/** What a frame of ARP or neighbour discovery says of addresses that are led here. */
import { type Claim, claimOf } from '../../../core/neighbor/claim.js';
import { hearClaim } from '../../../core/neighbor/probe.js';
import type { Micros } from '../../../core/time.js';
import type { NeighborDecode } from '../../../core/wire/neighbor-frame.js';
import { equalOctets } from '../../../core/wire/octets.js';
import { addressKey } from '../address-key.js';
import { none } from '../answering/contract.js';
import { defend } from './defence.js';
import type { ConflictEffect } from './effects.js';
import { isAskedPeer } from './late-checks.js';
import type { Conflicts } from './state.js';
import { isOurs, type Listener, type Watched } from './watched.js';

export function hear(
  c: Conflicts,
  listener: Listener,
  decoded: NeighborDecode,
  now: Micros,
): readonly ConflictEffect[] {
  const claim = decoded.ok ? claimOf(decoded.message) : undefined;
  if (claim === undefined) return none;
  const key = addressKey(claim.address);
  const watched = listener.watched.get(key);
  if (watched === undefined && claim.kind === 'holds' && isAskedPeer(c, listener, claim.address))
    listener.memberMacs.set(key, claim.mac);
  if (watched === undefined || isOurs(claim, watched.member)) return none;
  if (watched.state === 'probing') {
    for (const probing of c.probes) {
      const index = probing.addresses.indexOf(watched);
      if (index >= 0) probing.probe = hearClaim(probing.probe, index, claim.mac);
    }
    return none;
  }
  if (watched.state !== 'held' || claim.kind !== 'holds' || hearInCheck(c, listener, watched, claim)) return none;
  return defend(c, watched, claim, now);
}

/** Whether the answer is to a probe that is under way: what comes of it is settled at its end. */
function hearInCheck(c: Conflicts, listener: Listener, watched: Watched, { mac }: Claim): boolean {
  const probing = c.probes.find(({ check, addresses }) => check && addresses.includes(watched));
  if (probing === undefined) return false;
  for (const known of listener.memberMacs.values()) if (equalOctets(known, mac)) return true;
  probing.probe = hearClaim(probing.probe, probing.addresses.indexOf(watched), mac);
  return true;
}
