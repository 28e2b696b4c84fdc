import { type Micros, never } from '../time.js';
import { messageType, messageTypeAt } from '../wire/bgp/header.js';
import type { Connection, Output, Report, Session, State, Step } from './contract.js';
import { keepaliveInterval, sendHoldTime } from './timers.js';

/** A step that changed at most the session. */
export function quietly(session: Session): Step {
  return { session, outputs: [] };
}

/** One step after another: the outputs of both, in that order. */
export function andThen(step: Step, next: (session: Session) => Step): Step {
  const { session, outputs } = next(step.session);
  return { session, outputs: outputs.length === 0 ? step.outputs : [...step.outputs, ...outputs] };
}

/** A step with more outputs after its own. */
export function putOut(step: Step, ...outputs: readonly Output[]): Step {
  return { session: step.session, outputs: [...step.outputs, ...outputs] };
}

/** The output that tells people something. */
export function report(report: Report): Output {
  return { type: 'report', report };
}

/** The connection of that number; undefined once it is closed. */
export function connectionOf({ connections }: Session, number: number): Connection | undefined {
  return connections.find((each) => each.number === number);
}

/** The connection that is Established. */
export function establishedOf({ connections }: Session): Connection | undefined {
  return connections.find(({ phase }) => phase === 'Established');
}

/** A session in which that connection is now this. */
export function withConnection(session: Session, connection: Connection): Session {
  const connections = session.connections.map((each) => (each.number === connection.number ? connection : each));
  return { ...session, connections };
}

/** A session without that connection. */
export function withoutConnection(session: Session, number: number): Session {
  return { ...session, connections: session.connections.filter((each) => each.number !== number) };
}

const farthestFirst = ['Established', 'OpenConfirm', 'OpenSent', 'Connect'] as const;

/** The state of a peer: that of its connection which has come farthest, else what it waits for. */
export function stateOf({ life, connections, held }: Session): State {
  const phase = farthestFirst.find((each) => connections.some((connection) => connection.phase === each));
  if (phase) return phase;
  return life === 'running' && !held ? 'Active' : 'Idle';
}

/** A step that tells how the state has changed, if it has. */
export function settled(step: Step): Step {
  const from = step.session.state;
  const to = stateOf(step.session);
  return from === to
    ? step
    : putOut({ ...step, session: { ...step.session, state: to } }, { type: 'transition', from, to });
}

/** How many octets may wait for TCP before nothing more is given to it than must be. */
const mostQueued = 65_536;

/** Whether so much waits that routes had better wait, too. */
export function isClogged({ queued }: Connection): boolean {
  return queued > mostQueued;
}

/** When a session wants to be called next. */
export function deadlineOf({ connections, retryAt, draining }: Session): Micros {
  return Math.min(
    retryAt,
    draining?.until ?? never,
    ...connections.flatMap((connection) => {
      const { holdAt, keepaliveAt, sendHoldAt, ribOut } = connection;
      const routes = ribOut && !isClogged(connection) ? [ribOut.flushAt, ribOut.endOfRibAt] : [];
      return [holdAt, keepaliveAt, sendHoldAt, ...routes];
    }),
  );
}

/** Messages that restart the HoldTimer of the peer, and so our KeepaliveTimer (RFC 4271 8.2.2). A ROUTE-REFRESH need not. */
const restarting: readonly number[] = [messageType.keepalive, messageType.update];

/** Sends messages. TCP must take them in time (RFC 9687). */
export function send(
  session: Session,
  number: number,
  messages: readonly Uint8Array[],
  now: Micros,
  chance: number,
): Step {
  const connection = connectionOf(session, number)!;
  if (messages.length === 0) return quietly(session);
  const holdTime = connection.negotiated?.holdTime ?? session.config.holdTime;
  const restarts =
    connection.keepaliveAt !== never && messages.some((octets) => restarting.includes(messageTypeAt(octets, 0)));
  const sent: Connection = {
    ...connection,
    queued: connection.queued + messages.reduce((total, { length }) => total + length, 0),
    sendHoldAt: connection.sendHoldAt === never ? now + sendHoldTime(holdTime) : connection.sendHoldAt,
    keepaliveAt: restarts ? now + keepaliveInterval(holdTime, chance) : connection.keepaliveAt,
  };
  return {
    session: withConnection(session, sent),
    outputs: messages.map((octets): Output => ({ type: 'send', connection: number, octets })),
  };
}

/**
 * TCP was given octets, and `left` of them wait: while some are left it must take more. Where it took none, as of a KEEPALIVE behind
 * octets that do not leave, the time goes on running.
 */
export function sentOn(connection: Connection, left: number, holdTime: number, now: Micros): Connection {
  const moved = left < connection.queued || connection.sendHoldAt === never;
  const sendHoldAt = moved ? now + sendHoldTime(holdTime) : connection.sendHoldAt;
  return { ...connection, queued: left, sendHoldAt: left === 0 ? never : sendHoldAt };
}
