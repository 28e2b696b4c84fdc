/** One session: stepped, its outputs performed, its users told. */
import { randomInt } from 'node:crypto';
import { meaningOf } from '../../../core/bfd/client.js';
import { chooseDiscriminator, chooseSourcePort } from '../../../core/bfd/identity.js';
import { checkpointOf, restartTiming, resumeSession } from '../../../core/bfd/restart.js';
import { createSession, type Input, type Output, type Session, step, type Timing } from '../../../core/bfd/session.js';
import { detectionTime, neighborPatience, transmitInterval } from '../../../core/bfd/timers.js';
import { sameTiming } from '../../../core/bfd/timing.js';
import { type Micros, never } from '../../../core/time.js';
import { encodeControlPacket } from '../../../core/wire/bfd.js';
import { errnoOf, LinuxError } from '../../../platform/linux/errno.js';
import type { BfdEvent, BfdProblem } from './contract.js';
import { type PlacedPath, pathKey, retryInterval } from './path.js';
import { closeSessionSockets, openSessionSockets } from './sockets.js';
import type { BfdState, Running, Want } from './state.js';

const ECONNREFUSED = errnoOf('ECONNREFUSED');
const EAGAIN = errnoOf('EAGAIN');
/** Ports of other programs that are met before a session has to wait. */
const portsTried = 8;
/** A session that nobody wants says so for so long at most. */
const longestFarewell: Micros = 3_000_000;

/** A new session for its first want. */
export function start(b: BfdState, path: PlacedPath, want: Want, now: Micros): Running {
  const { timing: config, checkpoint } = want.request;
  const key = pathKey(path);
  const isFree = checkpoint !== undefined && !b.byDiscriminator.has(checkpoint.localDiscriminator);
  const session = isFree
    ? resumeSession({ checkpoint, config, now, random: b.random() })
    : fresh(b, config, new Set(), now);
  const running: Running = {
    key,
    path,
    session,
    sockets: undefined,
    wants: new Set([want]),
    reopenAt: now,
    forgetAt: never,
    silence: undefined,
    agreed: '',
  };
  b.sessions.set(key, running);
  b.listenAt = 0;
  b.byDiscriminator.set(session.localDiscriminator, running);
  want.running = running;
  open(b, running, now);
  if (running.session.state === 'Up') tellState(want, running);
  return running;
}

function fresh(b: BfdState, config: Timing, refusedPorts: ReadonlySet<number>, now: Micros): Session {
  const ports = new Set([...b.sessions.values()].map(({ session }) => session.sourcePort));
  for (const port of refusedPorts) ports.add(port);
  const sourcePort = chooseSourcePort(ports, b.random());
  const localDiscriminator = chooseDiscriminator(new Set(b.byDiscriminator.keys()), b.random());
  return createSession({ localDiscriminator, sourcePort: sourcePort!, config, now, random: b.random() });
}

/** Opens the sockets. A port that another program has is left to it, and the session begins anew with another. */
export function open(b: BfdState, running: Running, now: Micros): void {
  close(running);
  const refusedPorts = new Set<number>();
  for (let tries = 0; tries < portsTried; tries++) {
    try {
      running.sockets = openSessionSockets(b.kernel, running.path, running.session.sourcePort);
      running.reopenAt = never;
      for (const want of running.wants) tellProblem(want, undefined);
      return;
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      running.reopenAt = now + retryInterval;
      for (const want of running.wants) tellProblem(want, { reason: 'Refused', message: error.message });
      if (error.code !== 'EADDRINUSE') return;
      refusedPorts.add(running.session.sourcePort);
      b.byDiscriminator.delete(running.session.localDiscriminator);
      if (running.session.state === 'Up') give(b, running, { type: 'path-down' }, now);
      running.session = fresh(b, running.session.config, refusedPorts, now);
      b.byDiscriminator.set(running.session.localDiscriminator, running);
    }
  }
}

function close(running: Running): void {
  if (running.sockets !== undefined) closeSessionSockets(running.sockets);
  running.sockets = undefined;
}

/** Forgets a session. Its neighbour finds out by its silence, unless it was told before. */
export function forget(b: BfdState, running: Running): void {
  close(running);
  b.sessions.delete(running.key);
  b.byDiscriminator.delete(running.session.localDiscriminator);
  b.listenAt = 0;
}

/** Nobody wants it any more, or somebody does again, or otherwise than before. */
export function retune(b: BfdState, running: Running, now: Micros): void {
  if (running.wants.size === 0) {
    if (running.forgetAt !== never) return;
    running.forgetAt = now + Math.min(neighborPatience(running.session), longestFarewell);
    give(b, running, { type: 'admin-down' }, now);
    return;
  }
  running.forgetAt = never;
  if (running.session.state === 'AdminDown') give(b, running, { type: 'admin-up' }, now);
  const config = wantedTiming(running);
  if (!sameTiming(config, running.session.config)) give(b, running, { type: 'configure', config }, now);
}

/** The fastest of what is wanted, but slow before the process is started again. */
function wantedTiming({ wants, silence, session }: Running): Timing {
  const timings = [...wants].map(({ request }) => request.timing);
  const least = (field: keyof Timing) => Math.min(...timings.map((timing) => timing[field]));
  const fastest: Timing = {
    desiredMinTx: least('desiredMinTx'),
    requiredMinRx: least('requiredMinRx'),
    detectMult: least('detectMult'),
  };
  if (silence === undefined) return fastest;
  return restartTiming(fastest, silence) ?? session.config;
}

/** Steps the session and performs what it puts out; returns whether the socket has to be drained before its neighbour can be judged. */
export function give(b: BfdState, running: Running, input: Input, now: Micros): boolean {
  const { session, outputs } = step(running.session, input, now);
  running.session = session;
  for (const output of outputs) perform(b, running, output, now);
  tellAgreed(running);
  answerRestart(running);
  return outputs.some(({ type }) => type === 'drain');
}

function perform(b: BfdState, running: Running, output: Output, now: Micros): void {
  switch (output.type) {
    case 'send':
      send(b, running, encodeControlPacket(output.packet), now);
      break;
    case 'transition': {
      const { from, to, reason, diagnostic, neighborDiagnostic } = output;
      const meaning = meaningOf(output);
      b.count(`bfd_transitions_to_${to.toLowerCase()}`);
      tell(running, (name) => ({
        type: 'transition',
        name,
        from,
        to,
        reason,
        meaning,
        diagnostic,
        neighborDiagnostic,
      }));
      break;
    }
    case 'overslept':
      b.count('bfd_overslept');
      break;
    case 'timing-agreed': // told with what is in force
    case 'drain': // the caller has the packets
  }
}

function send(b: BfdState, running: Running, bytes: Uint8Array, now: Micros): void {
  if (running.sockets === undefined) return;
  let result = running.sockets.out.send(bytes);
  // What an ICMP message says of an earlier packet is reported once, instead of sending: a neighbour without BFD is no fault.
  if (result !== 0) result = running.sockets.out.send(bytes);
  if (result === 0 || result === -ECONNREFUSED) {
    b.count('bfd_packets_sent');
    return;
  }
  b.count('bfd_send_failures');
  if (result !== -EAGAIN) running.reopenAt = Math.min(running.reopenAt, now + retryInterval);
}

function tell(running: Running, event: (name: string) => BfdEvent): void {
  for (const { user, request } of running.wants) user.tell(event(request.name));
}

/** What somebody who comes to a session finds, as if it had just become so. */
export function tellState(want: Want, { session }: Running): void {
  const { name } = want.request;
  const change = { from: 'Down', to: session.state, reason: 'handshake' } as const;
  const meaning = session.state === 'Up' ? ('alive' as const) : undefined;
  const neighborDiagnostic = session.neighbor.diagnostic;
  want.user.tell({ type: 'transition', name, ...change, meaning, diagnostic: session.diagnostic, neighborDiagnostic });
  if (session.state === 'Up') want.user.tell({ type: 'agreed', name, ...inForce(session) });
}

function tellAgreed(running: Running): void {
  const { session } = running;
  if (session.state !== 'Up') {
    running.agreed = '';
    return;
  }
  const agreed = inForce(session);
  const text = Object.values(agreed).join(' ');
  if (text === running.agreed) return;
  running.agreed = text;
  tell(running, (name) => ({ type: 'agreed', name, ...agreed }));
}

function inForce(session: Session): { interval: Micros; detection: Micros; neighborDetection: Micros } {
  const [interval, detection, neighborDetection] = [
    transmitInterval(session),
    detectionTime(session),
    neighborPatience(session),
  ];
  return { interval, detection, neighborDetection };
}

/** Answers those who wait for the neighbour's word on a longer silence, once it has given it or there is nothing to wait for. */
export function answerRestart(running: Running): void {
  const { session, silence } = running;
  if (silence === undefined) return;
  const isPossible = session.state === 'Up' && neighborPatienceAsked(session) >= silence;
  const checkpoint = isPossible && sameTiming(session.advertised, session.config) ? checkpointOf(session) : undefined;
  if (isPossible && checkpoint === undefined) return;
  for (const want of running.wants) {
    if (!want.awaitsRestart) continue;
    want.awaitsRestart = false;
    want.user.tell({ type: 'restart-ready', name: want.request.name, checkpoint });
  }
}

/** What the neighbour's patience will be once it has agreed to what is asked for. */
function neighborPatienceAsked({ config, neighbor }: Session): Micros {
  return config.detectMult * Math.max(config.desiredMinTx, neighbor.requiredMinRx);
}

export function tellProblem(want: Want, problem: { reason: BfdProblem; message: string } | undefined): void {
  if (want.problem === problem?.reason) return;
  want.problem = problem?.reason;
  want.user.tell({ type: 'problem', name: want.request.name, problem });
}

/** 0 to below 1, for discriminators that nobody guesses (RFC 5880 9). */
export function unguessable(): number {
  return randomInt(2 ** 32) / 2 ** 32;
}
