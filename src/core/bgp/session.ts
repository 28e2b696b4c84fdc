import { assert } from '../assert.js';
import { type Micros, never } from '../time.js';
import { encodeKeepalive } from '../wire/bgp/message.js';
import { notificationOf } from '../wire/bgp/notification.js';
import { advertise, advertiseDue, useNextHop } from './advertising.js';
import { closeAsLost, closeStalled, closeUnanswered, closeWith, dropFor } from './closing.js';
import type { Connection, Input, OwnEnd, PeerConfig, Session, Step } from './contract.js';
import { beginOpen, withNewConnection } from './handshake.js';
import { drain, goOnDraining, leave, reset } from './leaving.js';
import { receive } from './receiving.js';
import { emptyTable } from './route-table.js';
import {
  andThen,
  connectionOf,
  deadlineOf,
  establishedOf,
  putOut,
  quietly,
  send,
  sentOn,
  settled,
  withConnection,
} from './steps.js';
import { connectTimeout, ofSeconds } from './timers.js';

export type {
  Close,
  Connection,
  GracefulRestart,
  Input,
  Leave,
  Negotiated,
  Output,
  PeerConfig,
  Report,
  Session,
  State,
  Step,
} from './contract.js';
export { emptyTable, type RouteTable, tableOf, tableSize, withoutRoutes, withRoutes } from './route-table.js';
export type { RouteAttributes, Routes } from './routes.js';

/*
 * The session with one peer: the state machine of RFC 4271 section 8 for each connection, of which there may be some at a time,
 * and what decides between them (6.8). What the RFC does not have is marked +.
 *
 *   input or timer       in                    outputs, in order                        next
 *     start              Idle                  connect                                  Connect; Active when passive
 *     retryAt            Idle (held), Active   connect                                  Connect
 *                        Connect               close                                    Active+, back-off
 *     connected          Connect               send OPEN                                OpenSent, 30 s
 *     accepted           Connect and on        accept, send OPEN                        OpenSent, beside what is
 *                        Idle                  refuse                                   Idle
 *     closed             Connect, OpenSent                                              Active+, back-off
 *                        OpenConfirm and on                                             Idle, back-off
 *     OPEN               OpenSent              (close one of two) send KEEPALIVE        OpenConfirm
 *     KEEPALIVE          OpenConfirm           (close others) send routes, End-of-RIB   Established
 *     any message        Established                                                    HoldTimer anew
 *     ROUTE-REFRESH      Established           send routes                              Established
 *     routes             Established           send differences                         Established
 *     NOTIFICATION       any connection        close                                    Idle, back-off
 *     anything wrong     any connection        send NOTIFICATION, close                 Idle, back-off
 *     bfd-down           Established           send Cease, close                        Idle, back-off
 *     holdAt             any connection        send NOTIFICATION 4/0, close             Idle, back-off
 *     sendHoldAt         any connection        close                                    Idle, back-off
 *     keepaliveAt        OpenConfirm and on    send KEEPALIVE                           same
 *     drain+             Established           send marked routes; withdrawals; Cease   Idle, released
 *     stop               any                   send Cease, close                        Idle, released
 *
 * A state is left only when no other connection is as far. RFC 4271 goes from Connect to Idle when a connection cannot be made;
 * here the peer may connect meanwhile, since there is nothing in such a failure that a pause would dampen.
 */

/** A session in Idle: it does nothing until 'start'. Throws InvariantError on a value out of range. */
export function createSession(config: PeerConfig): Session {
  assertConfig(config);
  return {
    config,
    life: 'new',
    state: 'Idle',
    deadline: never,
    connections: [],
    nextConnection: 1,
    retryAt: never,
    held: false,
    failures: 0,
    wasEstablished: false,
    withheld: [],
    wanted: emptyTable,
    complete: false,
    draining: undefined,
    lastClose: undefined,
  };
}

/**
 * Gives the session one input at the instant `now` and returns the next session with the outputs to perform in order.
 *
 * `now` is the driver's monotonic clock and never runs backwards between calls. Call with 'time' when `session.deadline` is
 * reached, after the octets that wait in sockets: calling early changes nothing, calling late acts once.
 *
 * @param chance a number of 0 to 1, drawn anew for each call: timers that many speakers have are shortened by it
 * @throws InvariantError on routes that cannot be encoded. Nothing that a peer sends makes it throw
 */
export function step(session: Session, input: Input, now: Micros, chance: number): Step {
  const done = settled(andThen(dispatch(session, input, now, chance), (left) => goOnDraining(left, now, chance)));
  return { session: { ...done.session, deadline: deadlineOf(done.session) }, outputs: done.outputs };
}

function dispatch(session: Session, input: Input, now: Micros, chance: number): Step {
  const running = session.life === 'running';
  switch (input.type) {
    case 'start':
      return running ? quietly(session) : begin({ ...session, life: 'running', withheld: [], failures: 0 }, now);
    case 'routes':
      return advertise({ ...session, wanted: input.routes, complete: input.complete }, false, now, chance);
    case 'accepted':
      return accept(session, input, now, chance);
    case 'beside':
      return useNextHop(session, input.address, now, chance);
    case 'stop':
      return running ? leave(session, input, now) : quietly(session);
    case 'drain':
      return running ? drain(session, input.text, input.wait, now, chance) : quietly(session);
    case 'reset':
      return running ? reset(session, input.text, now, chance) : quietly(session);
    case 'bfd-down':
      return endUnreachable(session, now, chance);
    case 'retry':
      return running && session.connections.length === 0 ? begin(session, now) : quietly(session);
    case 'time':
      return running ? passTime(session, now, chance) : quietly(session);
    case 'received':
      return receive(session, input.connection, input.octets, now, chance);
    case 'connected':
    case 'sent':
    case 'closed': {
      const connection = connectionOf(session, input.connection);
      return connection ? aboutConnection(session, connection, input, now, chance) : quietly(session);
    }
  }
}

function aboutConnection(
  session: Session,
  connection: Connection,
  input: Extract<Input, { type: 'connected' | 'sent' | 'closed' }>,
  now: Micros,
  chance: number,
): Step {
  const connecting = connection.phase === 'Connect';
  switch (input.type) {
    case 'connected':
      return connecting ? beginOpen(session, connection, input, now, chance) : quietly(session);
    case 'closed': {
      const reason = connecting ? 'connect-failed' : 'connection-lost';
      return closeAsLost(session, connection, reason, input.error, now, chance);
    }
    case 'sent': {
      const holdTime = connection.negotiated?.holdTime ?? session.config.holdTime;
      const taken = withConnection(session, sentOn(connection, input.left, holdTime, now));
      return advertiseDue(taken, now, chance);
    }
  }
}

function endUnreachable(session: Session, now: Micros, chance: number): Step {
  const connection = establishedOf(session);
  return connection ? closeWith(session, connection, notificationOf('bfd-down'), now, chance) : quietly(session);
}

/** Connects to the peer, or waits for it. */
function begin(session: Session, now: Micros): Step {
  if (session.config.passive) return quietly({ ...session, held: false, retryAt: never });
  const next = withNewConnection({ ...session, held: false, retryAt: now + connectTimeout }, 'outgoing');
  return { session: next, outputs: [{ type: 'connect', connection: session.nextConnection }] };
}

/** A connection that the peer made. Of two that it made and that are not Established the newer one counts. */
function accept(session: Session, own: OwnEnd, now: Micros, chance: number): Step {
  if (session.life !== 'running' || session.held || session.draining) {
    return { session, outputs: [{ type: 'refuse' }] };
  }
  const former = session.connections.find(
    ({ direction, phase }) => direction === 'incoming' && phase !== 'Established',
  );
  const step = former ? dropFor(session, former, notificationOf('connection-collision')) : quietly(session);
  return andThen(step, (left) => {
    const number = left.nextConnection;
    const taken = withNewConnection(left, 'incoming');
    return andThen(putOut(quietly(taken), { type: 'accept', connection: number }), (next) =>
      beginOpen(next, connectionOf(next, number)!, own, now, chance),
    );
  });
}

function passTime(session: Session, now: Micros, chance: number): Step {
  const timed = session.connections.reduce<Step>(
    (step, { number }) =>
      andThen(step, (left) => {
        const connection = connectionOf(left, number);
        return connection ? passTimeOn(left, connection, now, chance) : quietly(left);
      }),
    quietly(session),
  );
  return andThen(
    andThen(timed, (left) => advertiseDue(left, now, chance)),
    (left) => (now < left.retryAt ? quietly(left) : retry(left, now, chance)),
  );
}

function passTimeOn(session: Session, connection: Connection, now: Micros, chance: number): Step {
  if (now >= connection.sendHoldAt) return closeStalled(session, connection, now, chance);
  if (now >= connection.holdAt) return closeWith(session, connection, notificationOf('hold-timer'), now, chance);
  if (now < connection.keepaliveAt) return quietly(session);
  return send(session, connection.number, [encodeKeepalive()], now, chance);
}

/** ConnectRetryTimer or IdleHoldTimer has run out. */
function retry(session: Session, now: Micros, chance: number): Step {
  const connecting = session.connections.find(({ phase }) => phase === 'Connect');
  if (!connecting) return begin(session, now);
  return closeUnanswered(session, connecting, `no answer within ${connectTimeout / 1_000_000} s`, now, chance);
}

function assertConfig(config: PeerConfig): void {
  const { localAs, peerAs, identifier, holdTime, longestBackOff, families } = config;
  const { gracefulRestart, endOfRibWithin, gatherFor } = config;
  assertWhole('localAs', localAs, 1, 0xffff_ffff);
  if (typeof peerAs === 'number') assertWhole('peerAs', peerAs, 1, 0xffff_ffff);
  assertWhole('identifier', identifier, 1, 0xffff_ffff);
  if (holdTime !== 0) assertWhole('holdTime', holdTime, 3, 0xffff);
  assert(families.length > 0 && new Set(families).size === families.length, `families are ${families.join(', ')}`);
  assert(longestBackOff >= ofSeconds(1), `longestBackOff must be a second or more, it is ${longestBackOff}`);
  assert(endOfRibWithin >= 0, `endOfRibWithin must not be negative, it is ${endOfRibWithin}`);
  if (gracefulRestart) {
    assertWhole('restartTime', gracefulRestart.restartTime, 1, 4095);
    const inTime = endOfRibWithin < ofSeconds(gracefulRestart.restartTime);
    assert(inTime, `endOfRibWithin must be less than restartTime, or routes are lost: it is ${endOfRibWithin}`);
  }
  assert(gatherFor >= 0, `gatherFor must not be negative, it is ${gatherFor}`);
}

function assertWhole(name: string, value: number, least: number, most: number): void {
  const whole = Number.isInteger(value) && value >= least && value <= most;
  assert(whole, `${name} must be ${least}..${most}, it is ${value}`);
}
