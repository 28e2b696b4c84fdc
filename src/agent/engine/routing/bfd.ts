/**
 * What the speaker wants of BFD, which runs on the engine's thread, and what it makes of what it hears. A router without BFD is no fault.
 */
import { checkpointFault } from '../../../core/bfd/restart.js';
import { establishedOf } from '../../../core/bgp/steps.js';
import { type Micros, never } from '../../../core/time.js';
import type { BfdEvent, BfdRequest } from '../bfd/contract.js';
import { give } from './session-driver.js';
import type { Peer, Speaker } from './state.js';
import type { World } from './world.js';

/** How long BFD may take to come up after BGP, or again after it was Up, before it is said that it does not. */
const patience: Micros = 10_000_000;
/**
 * How long a host is taken to want BFD after it was heard to: longer than two of the engine's intervals of saying so. It says it of a number of
 * hosts in each, which bounds `Speaker.asking`.
 */
const askingLasts: Micros = 150_000_000;

/** Asks for all sessions: BFD is to be had from now on. */
export function linkBfd(speaker: Speaker): void {
  speaker.hasBfd = true;
  speaker.world.bfd({ type: 'listen', wanted: true });
  for (const peer of speaker.peers.values()) {
    peer.bfd.requested = '';
    forgetState(speaker, peer);
    requestBfd(speaker, peer);
  }
}

/** What was known is of a session that is over, or of an engine that is gone. */
function forgetState({ world }: Speaker, peer: Peer): void {
  const { bfd } = peer;
  if (bfd.state === 'Up') bfd.leftUpAt = world.now();
  bfd.state = 'Down';
  bfd.agreed = undefined;
  bfd.problem = undefined;
  peer.reportDue = true;
}

/** Has the BFD session of a peer be what its settings and its router's place ask for. */
export function requestBfd(speaker: Speaker, peer: Peer): void {
  const { world, former, hasBfd } = speaker;
  if (!hasBfd) return;
  hearAsking(speaker, peer);
  const request = requestOf(world, peer);
  const said = request ? JSON.stringify(request) : '';
  if (said === peer.bfd.requested) return;
  peer.bfd.requested = said;
  if (!request) {
    world.bfd({ type: 'remove', name: peer.name });
    forgetState(speaker, peer);
    return;
  }
  const checkpoint = former.get(peer.name);
  former.delete(peer.name);
  const usable = checkpoint && checkpointFault(checkpoint) === undefined;
  world.bfd({ type: 'configure', request: usable ? { ...request, checkpoint } : request });
}

/** The session with a router is over. */
export function removeBfd({ world }: Speaker, { name, bfd }: Peer): void {
  if (bfd.requested !== '') world.bfd({ type: 'remove', name });
}

/** Hears what BFD has to say. */
export function hearBfd(speaker: Speaker, event: BfdEvent): void {
  if (event.type === 'unasked') {
    hearUnasked(speaker, event.source);
    return;
  }
  const peer = speaker.peers.get(event.name);
  if (!peer) return;
  const { bfd } = peer;
  peer.reportDue = true;
  switch (event.type) {
    case 'transition':
      bfd.state = event.to;
      if (event.to === 'Up') bfd.missed = undefined;
      else bfd.agreed = undefined;
      if (event.from === 'Up') bfd.leftUpAt = speaker.world.now();
      if (event.meaning === 'failed') give(speaker, peer, { type: 'bfd-down' });
      if (event.meaning === 'alive' && !peer.going) give(speaker, peer, { type: 'retry' });
      return;
    case 'agreed':
      bfd.agreed = { interval: event.interval, detection: event.detection };
      return;
    case 'problem':
      bfd.problem = event.problem;
      return;
    case 'restart-ready':
      speaker.restart?.awaited.delete(peer.name);
      if (event.checkpoint) speaker.restart?.checkpoints.set(peer.name, event.checkpoint);
  }
}

/** When to call `noteBfd`. */
export function bfdDeadline(peer: Peer): Micros {
  return Math.min(missingAt(peer), peer.bfd.askedUntil);
}

/** Says once for a session that is Established that its router does not speak BFD, and takes back that it asks for it when it asks no more. */
export function noteBfd(peer: Peer, now: Micros): void {
  if (now < bfdDeadline(peer)) return;
  if (now >= missingAt(peer)) peer.bfd.missed = establishedOf(peer.session)!.number;
  if (now >= peer.bfd.askedUntil) peer.bfd.askedUntil = never;
  peer.reportDue = true;
}

/** When to say that the router of a peer does not speak BFD, if it does not. */
function missingAt({ bfd, session }: Peer): Micros {
  const established = establishedOf(session);
  if (!established || bfd.requested === '' || bfd.state === 'Up' || bfd.missed === established.number) return never;
  return Math.max(established.establishedAt!, bfd.leftUpAt) + patience;
}

function requestOf(world: World, { name, settings, at }: Peer): BfdRequest | undefined {
  const { bfd: timing, bfdHops, location, hops, ttlSecurity, sourceAddress } = settings;
  if (!timing || !at) return undefined;
  const named = 'interface' in location ? location.interface : undefined;
  const nic = named ?? (at.scope > 0 ? world.interfaceName(at.scope) : undefined);
  const path = {
    remote: at.address,
    ...(sourceAddress && { local: sourceAddress }),
    ...(nic !== undefined && { interface: nic }),
    ...(bfdHops && bfdHops !== 'one' && { hops: bfdHops, leastHopLimit: ttlSecurity ? 255 - hops + 1 : 1 }),
  };
  return { name, path, timing };
}

/** Of whom nothing is known yet may be a peer in a moment, and the engine says it once a minute. */
function hearUnasked(speaker: Speaker, source: Uint8Array): void {
  const { asking, peers, world } = speaker;
  const now = world.now();
  for (const [host, until] of asking) if (now >= until) asking.delete(host);
  asking.set(String(source), now + askingLasts);
  for (const peer of peers.values()) hearAsking(speaker, peer);
}

/** Has the peer know until when its router asks for a session that we do not want. */
function hearAsking({ asking, world }: Speaker, peer: Peer): void {
  const { settings, at, bfd } = peer;
  const heard = (!settings.bfd && at && asking.get(String(at.address))) || never;
  const until = heard > world.now() ? heard : never;
  if ((bfd.askedUntil === never) !== (until === never)) peer.reportDue = true;
  bfd.askedUntil = until;
}
