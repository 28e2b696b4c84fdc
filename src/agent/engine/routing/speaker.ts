/**
 * The BGP speaker of this node: which sessions there are, what they are told, and how they are left.
 */
import { isDeepStrictEqual } from 'node:util';
import { gracefulRestartOf } from '../../../core/bgp/graceful-restart.js';
import { createSession, type PeerConfig } from '../../../core/bgp/session.js';
import type { Micros } from '../../../core/time.js';
import { never } from '../../../core/time.js';
import { LinuxError } from '../../../platform/linux/errno.js';
import type { Farewell, PeerSettings, RoutingCommand, RoutingEvent, Speaker as SpeakerSettings } from './contract.js';
import { count, countersDeadline, createCounters, forgetPeer, tellCounters } from './counters.js';
import { closeListeners, createListeners, isSigned, listenAsConfigured, signAsConfigured } from './listeners.js';
import { isLinkLocal, locate, tcpSettingsOf } from './location.js';
import { sameRouter } from './problems.js';
import { reportDeadline, reportIfDue } from './reports.js';
import { changeSet, createRouteSets, keepUnions, unionKey, unionOf } from './route-sets.js';
import { give } from './session-driver.js';
import type { Life, Peer, Speaker } from './state.js';
import type { Connection, World } from './world.js';

/** For how long routers that know RFC 8326 may take to send packets elsewhere before routes are withdrawn. */
const gracefulShutdownWait: Micros = 10_000_000;

/** A speaker without a session. */
export function createSpeaker(world: World, life: Life, emit: (event: RoutingEvent) => void): Speaker {
  return {
    world,
    emit,
    life,
    settings: { listenAddresses: [], peers: [] },
    peers: new Map(),
    routes: createRouteSets(),
    complete: false,
    listeners: createListeners(),
    counters: createCounters(),
    leaving: false,
    kept: false,
  };
}

/** Does what the main thread wants. */
export function obey(speaker: Speaker, command: RoutingCommand): void {
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
      return;
    }
  }
}

/** When to call `turn` next. */
export function speakerDeadline(speaker: Speaker): Micros {
  const { peers, listeners, counters } = speaker;
  let deadline = Math.min(listeners.retryAt, countersDeadline(counters));
  for (const peer of peers.values()) {
    if (peer.routesStale) return -never;
    deadline = Math.min(deadline, peer.session.deadline, reportDeadline(peer));
  }
  return deadline;
}

/** Does what is due, after all that has come in: sends what has changed, judges silences, and says how things stand. */
export function turn(speaker: Speaker): void {
  const { world, listeners, counters, emit } = speaker;
  if (world.now() >= listeners.retryAt) listen(speaker);
  for (const peer of [...speaker.peers.values()]) {
    if (peer.routesStale) giveRoutes(speaker, peer);
    if (world.now() >= peer.session.deadline) give(speaker, peer, { type: 'time' });
    reportIfDue(speaker, peer, world.now());
    if (peer.session.life === 'stopped') bury(speaker, peer);
  }
  const left = ![...speaker.peers.values()].some(({ going }) => going) && world.isQuiet();
  if (speaker.leaving && left) {
    speaker.leaving = false;
    emit({ type: 'left' });
  }
  keepInMind(speaker);
  tellCounters(counters, world.now(), emit);
}

/** As soon as a router knows of us, the next process must know that it does: this one may be killed. */
function keepInMind(speaker: Speaker): void {
  if (speaker.kept || ![...speaker.peers.values()].some(({ session }) => session.state === 'Established')) return;
  speaker.kept = true;
  speaker.world.keep({ bootId: speaker.life.bootId });
}

/** A link or an address came up: whoever waits for the next attempt makes it now. */
export function retryAll(speaker: Speaker): void {
  for (const peer of speaker.peers.values())
    if (!peer.going && peer.session.connections.length === 0) give(speaker, peer, { type: 'retry' });
}

/** Closes what stands, without a word. */
export function closeSpeaker(speaker: Speaker): void {
  closeListeners(speaker.listeners);
  for (const { connections } of speaker.peers.values()) for (const each of connections.values()) each.close(true);
}

function configure(speaker: Speaker, settings: SpeakerSettings): void {
  speaker.settings = settings;
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

function listen(speaker: Speaker): void {
  listenAsConfigured(speaker, (connection) => accept(speaker, connection));
}

/** A session in Idle. It is started when the listener knows of it: what the router sends first must find it. */
function begin(speaker: Speaker, settings: PeerSettings, former?: Peer): void {
  const at = locate(speaker, settings);
  const peer: Peer = {
    name: settings.name,
    settings,
    session: createSession(configOf(speaker, settings, former)),
    connections: new Map(),
    inputs: [],
    busy: false,
    offered: undefined,
    at: 'reason' in at ? undefined : at,
    since: speaker.world.utc(),
    establishedCount: former?.establishedCount ?? 0,
    failure: undefined,
    trouble: undefined,
    faultLoggedAt: -never,
    routesStale: true,
    reportDue: true,
    reportedCount: 0,
    reportedAt: -never,
    going: false,
    successor: undefined,
  };
  const other = sharing(speaker, peer);
  if (other) peer.trouble = sameRouter(other.name);
  speaker.peers.set(peer.name, peer);
}

function start(speaker: Speaker, peer: Peer): void {
  if (peer.going || peer.session.life !== 'new') return;
  const other = sharing(speaker, peer);
  peer.trouble = other && sameRouter(other.name);
  if (other) return;
  giveRoutes(speaker, peer);
  give(speaker, peer, { type: 'start' });
}

/** The session that has that router already. */
function sharing(speaker: Speaker, { name, at }: Peer): Peer | undefined {
  if (!at) return undefined;
  return [...speaker.peers.values()].find(
    (each) =>
      each.name !== name && each.session.life === 'running' && each.at !== undefined && isDeepStrictEqual(each.at, at),
  );
}

/** What a restart of this process means is known once: R is said until a session was Established (RFC 4724 4.1). */
function configOf({ life }: Speaker, { session }: PeerSettings, former?: Peer): PeerConfig {
  const { restartTime, ...config } = session;
  if (restartTime === undefined) return config;
  const restart = gracefulRestartOf(restartTime, life.bootId, life.formerBootId);
  const wasUp = former !== undefined && former.establishedCount > 0;
  return { ...config, gracefulRestart: wasUp ? { restartTime, restarted: false, forwarding: true } : restart };
}

function change(speaker: Speaker, peer: Peer, next: PeerSettings): void {
  if (peer.going) {
    peer.successor = next;
    return;
  }
  const before = peer.settings;
  if (unionKey(before.routeSets) !== unionKey(next.routeSets)) peer.routesStale = true;
  peer.settings = next;
  if (!isOtherSession(before, next)) return;
  if (peer.session.life === 'new') {
    begin(speaker, next, peer);
    return;
  }
  give(speaker, peer, { type: 'stop', how: 'reconfigured' });
  begin(speaker, next, peer);
}

/** Whether the router must hear of a change in a new OPEN, or the connection be another. */
function isOtherSession(before: PeerSettings, next: PeerSettings): boolean {
  const { routeSets: _, bfd: __, password, ...rest } = before;
  const { routeSets: ___, bfd: ____, password: nextPassword, ...nextRest } = next;
  const samePassword = password === undefined ? nextPassword === undefined : nextPassword?.equals(password) === true;
  return !samePassword || !isDeepStrictEqual(rest, nextRest);
}

function drain(speaker: Speaker, peer: Peer, text: string): void {
  peer.going = true;
  if (peer.session.life === 'new') {
    bury(speaker, peer);
    return;
  }
  give(speaker, peer, { type: 'drain', text, wait: gracefulShutdownWait });
}

function leave(speaker: Speaker, farewell: Farewell): void {
  speaker.leaving = true;
  if (farewell.how !== 'restart') {
    speaker.world.keep(undefined);
    speaker.kept = false;
  }
  for (const peer of [...speaker.peers.values()]) {
    peer.successor = undefined;
    if (farewell.how === 'drain') {
      if (!peer.going) drain(speaker, peer, farewell.text);
      continue;
    }
    peer.going = true;
    if (peer.session.life === 'new') bury(speaker, peer);
    else if (farewell.how === 'restart') give(speaker, peer, { type: 'stop', how: 'restart' });
    else give(speaker, peer, { type: 'stop', how: 'shutdown', text: farewell.text });
  }
}

/** A session is over: what was to take its place begins. */
function bury(speaker: Speaker, peer: Peer): void {
  speaker.peers.delete(peer.name);
  forgetPeer(speaker.counters, peer.name);
  signAsConfigured(speaker);
  const { successor } = peer;
  if (!successor) {
    speaker.emit({ type: 'peer-gone', peer: peer.name });
  } else {
    begin(speaker, successor, peer);
    signAsConfigured(speaker);
  }
  for (const each of speaker.peers.values()) start(speaker, each); // it may have waited for the same router
}

function giveRoutes(speaker: Speaker, peer: Peer): void {
  peer.routesStale = false;
  const routes = unionOf(speaker.routes, peer.settings.routeSets);
  give(speaker, peer, { type: 'routes', routes, complete: speaker.complete });
}

/** A router has connected. Whoever is none of ours hears nothing. */
function accept(speaker: Speaker, connection: Connection): void {
  const { address, interfaceIndex } = connection.remote;
  const peer = [...speaker.peers.values()].find(
    ({ at, session }) =>
      session.life === 'running' &&
      at !== undefined &&
      String(at.address) === String(address) &&
      (!isLinkLocal(address) || at.interfaceIndex === interfaceIndex),
  );
  if (!peer || !isSigned(speaker, peer, connection)) {
    count(speaker.counters, 'refused-connections', peer?.name ?? '');
    connection.close(true);
    return;
  }
  let localAddress: Uint8Array;
  try {
    connection.settle(tcpSettingsOf(peer.settings));
    localAddress = connection.local();
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    peer.failure = error;
    connection.close(true);
    return;
  }
  peer.offered = connection;
  give(speaker, peer, { type: 'accepted', localAddress });
}
