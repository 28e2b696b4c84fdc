/**
 * BFD on the engine's thread (RFC 5880, RFC 5881, RFC 5883): the sessions that users want, driven by packets and time.
 *
 * A session belongs to a path. Users are told what happens to the sessions of their names, and need not know who else has them.
 */
import { restartTiming } from '../../../core/bfd/restart.js';
import { type Micros, never } from '../../../core/time.js';
import { equalOctets } from '../../../core/wire/octets.js';
import type { BfdCommand, BfdEvent, BfdRequest } from './contract.js';
import { pathKey, placePath, retryInterval } from './path.js';
import { drain, keepListening, receive } from './receive.js';
import { answerRestart, forget, give, open, retune, start, tellProblem, tellState } from './running.js';
import type { BfdState, BfdUser, Running, Want } from './state.js';

export interface Bfd {
  /** Somebody who may want sessions. What is told must not call back. */
  addUser(tell: (event: BfdEvent) => void): BfdUser;
  obey(user: BfdUser, command: BfdCommand): void;
  /** Links, addresses or routes are not as they were. */
  networkChanged(): void;
  work(): void;
  deadline(): Micros;
}

export function createBfd(o: Pick<BfdState, 'kernel' | 'inventory' | 'random' | 'count' | 'drop'>): Bfd {
  const b: BfdState = {
    ...o,
    users: new Set(),
    sessions: new Map(),
    byDiscriminator: new Map(),
    listeners: new Map(),
    listenAt: never,
    placeAt: never,
    unasked: new Map(),
  };
  return {
    addUser(tell) {
      const user: BfdUser = { tell, wants: new Map(), listens: false };
      b.users.add(user);
      return user;
    },
    obey: (user, command) => obey(b, user, command),
    networkChanged() {
      b.placeAt = 0;
    },
    work: () => work(b),
    deadline: () => deadline(b),
  };
}

function obey(b: BfdState, user: BfdUser, command: BfdCommand): void {
  const now = b.kernel.now();
  switch (command.type) {
    case 'configure':
      configure(b, user, command.request, now);
      break;
    case 'remove':
      remove(b, user, command.name, now);
      break;
    case 'prepare-restart':
      for (const want of user.wants.values()) prepareRestart(b, want, command.silence, now);
      break;
    case 'listen':
      user.listens = command.wanted;
      break;
    case 'close':
      for (const name of [...user.wants.keys()]) remove(b, user, name, now);
      b.users.delete(user);
  }
  b.listenAt = 0;
}

function configure(b: BfdState, user: BfdUser, request: BfdRequest, now: Micros): void {
  const known = user.wants.get(request.name);
  const want: Want = known ?? { user, request, running: undefined, problem: undefined, awaitsRestart: false };
  want.request = request;
  if (want.running !== undefined) want.running.silence = undefined;
  user.wants.set(request.name, want);
  place(b, want, now);
}

function remove(b: BfdState, user: BfdUser, name: string, now: Micros): void {
  const want = user.wants.get(name);
  if (want === undefined) return;
  user.wants.delete(name);
  leave(b, want, now);
}

function leave(b: BfdState, want: Want, now: Micros): void {
  const { running } = want;
  if (running === undefined) return;
  want.running = undefined;
  running.wants.delete(want);
  retune(b, running, now);
}

/** Finds the session for what is wanted, which may be another than before. */
function place(b: BfdState, want: Want, now: Micros): void {
  const placed = placePath(want.request.path, b.inventory, b.kernel.rtnetlink);
  if (!placed.ok) {
    b.placeAt = Math.min(b.placeAt, now + retryInterval);
    if (placed.reason === 'NoRoute' && outlastsRoutes(want)) return;
    abandon(b, want, now);
    tellProblem(want, placed);
    return;
  }
  const key = pathKey(placed.path);
  if (want.running?.key === key) {
    retune(b, want.running, now);
    return;
  }
  abandon(b, want, now);
  const running = b.sessions.get(key);
  if (running === undefined) start(b, placed.path, want, now);
  else join(b, running, want, now);
}

/** Over many hops a route may be away for a moment, while it is replaced: the session finds out by itself whether packets arrive. */
function outlastsRoutes({ running, request }: Want): boolean {
  if (running === undefined || running.path.interface !== undefined) return false;
  return equalOctets(running.path.remote, request.path.remote);
}

/** Takes part in a session that others have. */
function join(b: BfdState, running: Running, want: Want, now: Micros): void {
  want.running = running;
  running.wants.add(want);
  retune(b, running, now);
  const message = 'the kernel refuses its sockets';
  tellProblem(want, running.sockets === undefined ? { reason: 'Refused', message } : undefined);
  if (running.session.state === 'Up') tellState(want, running);
}

/** The path is no more what it was. One that nobody else has fails with it, without a word on a link that may be gone. */
function abandon(b: BfdState, want: Want, now: Micros): void {
  const { running } = want;
  if (running === undefined) return;
  if (running.wants.size > 1) {
    leave(b, want, now);
    return;
  }
  give(b, running, { type: 'path-down' }, now);
  forget(b, running);
  want.running = undefined;
}

function prepareRestart(b: BfdState, want: Want, silence: Micros, now: Micros): void {
  want.awaitsRestart = true;
  const { running } = want;
  if (running === undefined || restartTiming(want.request.timing, silence) === undefined) {
    want.awaitsRestart = false;
    want.user.tell({ type: 'restart-ready', name: want.request.name, checkpoint: undefined });
    return;
  }
  running.silence = silence;
  retune(b, running, now);
  answerRestart(running);
}

function work(b: BfdState): void {
  const now = b.kernel.now();
  if (now >= b.placeAt) placeAll(b, now);
  receive(b);
  for (const running of [...b.sessions.values()]) {
    if (now >= running.forgetAt) forget(b, running);
    else if (now >= running.reopenAt) open(b, running, now);
    runTimer(b, running);
  }
  if (now >= b.listenAt) keepListening(b, now);
}

/** All that had come in by the deadline counts before it: the core asks for it where it matters. */
function runTimer(b: BfdState, running: Running): void {
  const now = b.kernel.now();
  if (running.session.deadline > now) return;
  const drainedAt = running.sockets?.reader.drainedAt() ?? now;
  if (!give(b, running, { type: 'time', drainedAt, random: b.random() }, now)) return;
  give(b, running, { type: 'time', drainedAt: drain(b, running), random: b.random() }, b.kernel.now());
}

function placeAll(b: BfdState, now: Micros): void {
  b.placeAt = never;
  for (const user of b.users) for (const want of user.wants.values()) place(b, want, now);
  for (const running of b.sessions.values()) {
    const { interface: nic } = running.path;
    const link = nic && b.inventory.link(nic.index);
    if (link !== undefined && !link.running) give(b, running, { type: 'path-down' }, now);
  }
}

function deadline(b: BfdState): Micros {
  let at = Math.min(b.placeAt, b.listenAt);
  for (const { session, sockets, reopenAt, forgetAt } of b.sessions.values()) {
    at = Math.min(at, session.deadline, reopenAt, forgetAt, sockets?.reader.deadline() ?? never);
  }
  for (const listener of b.listeners.values()) at = Math.min(at, listener.deadline());
  return at;
}
