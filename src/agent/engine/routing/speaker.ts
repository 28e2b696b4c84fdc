/**
 * The BGP speaker of this node: what it is told to do, and what it does by itself when it is time.
 */
import type { Micros } from '../../../core/time.js';
import { never } from '../../../core/time.js';
import { bfdDeadline, noteBfd, requestBfd } from './bfd.js';
import type { Checkpoint } from './checkpoint.js';
import { configure } from './configuration.js';
import type { RoutingCommand, RoutingEvent } from './contract.js';
import { countersDeadline, createCounters, tellCounters } from './counters.js';
import { goOnLeaving, leave, leaveDeadline } from './farewell.js';
import { listen } from './incoming.js';
import { closeListeners, createListeners, signAsConfigured } from './listeners.js';
import { reportDeadline, reportIfDue } from './reports.js';
import { changeSet, createRouteSets } from './route-sets.js';
import { give } from './session-driver.js';
import { bury, giveRoutes } from './sessions.js';
import type { Peer, Speaker } from './state.js';
import type { World } from './world.js';

/**
 * A speaker without a session.
 *
 * @param bootId tells this boot of the kernel from others
 * @param former what the process before this one left
 */
export function createSpeaker(
  world: World,
  bootId: string,
  former: Checkpoint | undefined,
  emit: (event: RoutingEvent) => void,
): Speaker {
  return {
    world,
    emit,
    life: { bootId, formerBootId: former?.bootId },
    settings: { listenAddresses: [], drainWait: 0, peers: [] },
    peers: new Map(),
    routes: createRouteSets(),
    complete: false,
    listeners: createListeners(),
    counters: createCounters(),
    leaving: undefined,
    hasBfd: false,
    former: new Map(former?.bootId === bootId ? Object.entries(former.bfd ?? {}) : []),
    asking: new Map(),
    restart: undefined,
    kept: false,
  };
}

/** Does what the main thread wants. */
export function obey(speaker: Speaker, command: Exclude<RoutingCommand, { type: 'bfd' }>): void {
  switch (command.type) {
    case 'configure':
      configure(speaker, command.speaker);
      return;
    case 'routes':
      changeSet(speaker.routes, command);
      for (const peer of speaker.peers.values())
        if (peer.settings.routeSets.includes(command.set)) peer.routesStale = true;
      return;
    case 'complete':
      speaker.complete = true;
      for (const peer of speaker.peers.values()) peer.routesStale = true;
      return;
    case 'leave':
      leave(speaker, command);
      return;
    case 'reset': {
      const peer = speaker.peers.get(command.peer);
      if (peer && !peer.going) give(speaker, peer, { type: 'reset', text: command.text });
    }
  }
}

/** When to call `turn` next. */
export function speakerDeadline(speaker: Speaker): Micros {
  const { peers, listeners, counters } = speaker;
  let deadline = Math.min(listeners.retryAt, countersDeadline(counters), leaveDeadline(speaker));
  for (const peer of peers.values()) deadline = Math.min(deadline, peerDeadline(peer));
  return deadline;
}

/** Does what is due, after all that has come in: sends what has changed, judges silences, and says how things stand. */
export function turn(speaker: Speaker): void {
  const { world, listeners, counters, emit } = speaker;
  if (world.now() >= listeners.retryAt) listen(speaker);
  for (const peer of [...speaker.peers.values()]) takeTurn(speaker, peer);
  goOnLeaving(speaker);
  keepInMind(speaker);
  tellCounters(counters, world.now(), emit);
}

/** Closes what stands, without a word. */
export function closeSpeaker(speaker: Speaker): void {
  closeListeners(speaker.listeners);
  for (const { connections } of speaker.peers.values()) for (const each of connections.values()) each.close(true);
}

function takeTurn(speaker: Speaker, peer: Peer): void {
  const { world } = speaker;
  if (peer.routesStale) giveRoutes(speaker, peer);
  if (world.now() >= peer.session.deadline) give(speaker, peer, { type: 'time' });
  if (peer.moved) follow(speaker, peer);
  noteBfd(peer, world.now());
  reportIfDue(speaker, peer, world.now());
  if (peer.session.life === 'stopped') bury(speaker, peer);
}

/** The router is elsewhere: what belongs to the session goes with it. */
function follow(speaker: Speaker, peer: Peer): void {
  peer.moved = false;
  signAsConfigured(speaker);
  requestBfd(speaker, peer);
}

function peerDeadline(peer: Peer): Micros {
  if (peer.routesStale || peer.moved) return -never;
  return Math.min(peer.session.deadline, reportDeadline(peer), bfdDeadline(peer));
}

/** As soon as a router knows of us, the next process must know that it does: this one may be killed. */
function keepInMind(speaker: Speaker): void {
  if (speaker.kept || ![...speaker.peers.values()].some(({ session }) => session.state === 'Established')) return;
  speaker.kept = true;
  speaker.world.keep({ bootId: speaker.life.bootId });
}
