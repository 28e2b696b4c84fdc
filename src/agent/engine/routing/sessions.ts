/**
 * The beginning and the end of sessions.
 */
import { isDeepStrictEqual } from 'node:util';
import { gracefulRestartOf } from '../../../core/bgp/graceful-restart.js';
import { createSession, type PeerConfig } from '../../../core/bgp/session.js';
import { never } from '../../../core/time.js';
import { removeBfd, requestBfd } from './bfd.js';
import type { PeerSettings } from './contract.js';
import { forgetPeer } from './counters.js';
import { signAsConfigured } from './listeners.js';
import { locate } from './location.js';
import { sameRouter } from './problems.js';
import { unionOf } from './route-sets.js';
import { give } from './session-driver.js';
import type { Peer, Speaker } from './state.js';

/** A session in Idle. It is started when the listener knows of it: what the router sends first must find it. */
export function begin(speaker: Speaker, settings: PeerSettings, former?: Peer): void {
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
    moved: false,
    since: speaker.world.utc(),
    establishedCount: former?.establishedCount ?? 0,
    failure: undefined,
    trouble: 'reason' in at ? at : undefined,
    retriedAt: -never,
    faultLoggedAt: -never,
    routesStale: true,
    bfd: former?.bfd ?? {
      requested: '',
      state: 'Down',
      leftUpAt: -never,
      agreed: undefined,
      problem: undefined,
      askedUntil: never,
      missed: undefined,
    },
    reportDue: true,
    reportedCount: 0,
    reportedAt: -never,
    going: false,
    resumes: false,
    successor: undefined,
  };
  speaker.peers.set(peer.name, peer);
}

/** Starts it, unless another one has its router. */
export function start(speaker: Speaker, peer: Peer): void {
  if (peer.going || peer.session.life !== 'new') return;
  const other = sharing(speaker, peer);
  if (other) {
    peer.trouble = sameRouter(other.name);
    return;
  }
  if (peer.at) peer.trouble = undefined;
  requestBfd(speaker, peer);
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

/** A session is over: what was to take its place begins. */
export function bury(speaker: Speaker, peer: Peer): void {
  speaker.peers.delete(peer.name);
  forgetPeer(speaker.counters, peer.name);
  signAsConfigured(speaker);
  const { successor } = peer;
  if (!successor) {
    if (!peer.resumes) removeBfd(speaker, peer);
    speaker.emit({ type: 'peer-gone', peer: peer.name });
  } else {
    begin(speaker, successor, peer);
    signAsConfigured(speaker);
  }
  for (const each of speaker.peers.values()) start(speaker, each); // it may have waited for the same router
}

/** Gives a session the routes that are its own. */
export function giveRoutes(speaker: Speaker, peer: Peer): void {
  peer.routesStale = false;
  const routes = unionOf(speaker.routes, peer.settings.routeSets);
  give(speaker, peer, { type: 'routes', routes, complete: speaker.complete });
}
