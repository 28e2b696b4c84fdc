/**
 * What becomes of sessions when the configuration changes: only those that it concerns notice.
 */
import { isDeepStrictEqual } from 'node:util';
import { requestBfd } from './bfd.js';
import type { PeerSettings, Speaker as SpeakerSettings } from './contract.js';
import { drain } from './farewell.js';
import { listen } from './incoming.js';
import type { Interest } from './locate/network.js';
import { keepUnions, unionKey } from './route-sets.js';
import { give } from './session-driver.js';
import { begin, start } from './sessions.js';
import type { Peer, Speaker } from './state.js';

/** Begins sessions that are new, drains those that are wanted no more, and changes the others where they must be. */
export function configure(speaker: Speaker, settings: SpeakerSettings): void {
  speaker.settings = settings;
  speaker.world.watch(interestOf(settings));
  const wanted = new Map(settings.peers.map((each) => [each.name, each]));
  for (const peer of speaker.peers.values()) {
    const next = wanted.get(peer.name);
    if (next) change(speaker, peer, next);
    else if (!peer.going) drain(speaker, peer, 'the peer was removed from the configuration of this node');
    else peer.successor = undefined;
  }
  for (const each of settings.peers) if (!speaker.peers.has(each.name)) begin(speaker, each);
  keepUnions(
    speaker.routes,
    [...speaker.peers.values()].map((peer) => peer.settings.routeSets),
  );
  listen(speaker);
  for (const peer of speaker.peers.values()) start(speaker, peer);
}

function change(speaker: Speaker, peer: Peer, next: PeerSettings): void {
  if (peer.going) {
    peer.successor = next;
    return;
  }
  const before = peer.settings;
  if (unionKey(before.routeSets) !== unionKey(next.routeSets)) peer.routesStale = true;
  peer.settings = next;
  if (!isOtherSession(before, next)) {
    requestBfd(speaker, peer);
    return;
  }
  if (peer.session.life === 'new') {
    begin(speaker, next, peer);
    return;
  }
  give(speaker, peer, { type: 'stop', how: 'reconfigured' });
  begin(speaker, next, peer);
}

/** Whether the router must hear of a change in a new OPEN, or the connection be another. */
function isOtherSession(before: PeerSettings, next: PeerSettings): boolean {
  const { routeSets: _, bfd: __, bfdHops: ___, password, ...rest } = before;
  const { routeSets: ____, bfd: _____, bfdHops: ______, password: nextPassword, ...nextRest } = next;
  const samePassword = password === undefined ? nextPassword === undefined : nextPassword?.equals(password) === true;
  return !samePassword || !isDeepStrictEqual(rest, nextRest);
}

/** What must be known of the network for these peers. */
function interestOf({ peers }: SpeakerSettings): Interest {
  const families = peers.flatMap(({ location }) => ('defaultGateway' in location ? [location.defaultGateway] : []));
  const nics = peers.flatMap(({ location }) =>
    'interface' in location && !('address' in location) ? [location.interface] : [],
  );
  return { interfaces: [...new Set(nics)], defaultGateways: [...new Set(families)] };
}
