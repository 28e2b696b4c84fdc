/**
 * What a change of the node's network means for sessions.
 */
import { isDeepStrictEqual } from 'node:util';
import { establishedOf } from '../../../core/bgp/steps.js';
import type { Micros } from '../../../core/time.js';
import { locate } from './location.js';
import { renewNextHops } from './next-hops.js';
import { give } from './session-driver.js';
import { start } from './sessions.js';
import type { Peer, Speaker } from './state.js';

/** Changes that may help a session are tried no more often: its own address may come and go all the time. */
const retryInterval: Micros = 1_000_000;

/**
 * Looks for routers where they are now, and tries again what may do better now. A session goes on for as long as it stands, unless the default
 * gateway is another.
 *
 * @param up a link can be used that could not before
 */
export function networkChanged(speaker: Speaker, up: boolean): void {
  renewNextHops(speaker);
  for (const peer of speaker.peers.values()) {
    if (peer.going || 'address' in peer.settings.location) continue;
    relocate(speaker, peer);
  }
  for (const peer of speaker.peers.values()) if (!peer.going && (up || isUnreachable(peer))) retry(speaker, peer);
}

function relocate(speaker: Speaker, peer: Peer): void {
  const found = locate(speaker, peer.settings);
  const stands = establishedOf(peer.session) !== undefined;
  if ('reason' in found || isDeepStrictEqual(found, peer.at)) return;
  if (stands && !('defaultGateway' in peer.settings.location)) return;
  const before = peer.at;
  peer.at = found;
  peer.moved = true;
  peer.trouble = undefined;
  peer.reportDue = true;
  if (peer.session.life === 'new') {
    start(speaker, peer);
    return;
  }
  if (before && peer.session.connections.length > 0) {
    give(speaker, peer, { type: 'reset', text: 'the router is at another address' });
  } else {
    retry(speaker, peer);
  }
}

function isUnreachable({ failure, trouble }: Peer): boolean {
  const code = failure?.code;
  return trouble !== undefined || code === 'ENETUNREACH' || code === 'EHOSTUNREACH' || code === 'EADDRNOTAVAIL';
}

function retry(speaker: Speaker, peer: Peer): void {
  const now = speaker.world.now();
  if (peer.session.connections.length > 0 || now < peer.retriedAt + retryInterval) return;
  peer.retriedAt = now;
  give(speaker, peer, { type: 'retry' });
}
