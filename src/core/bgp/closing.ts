import { type Micros, never } from '../time.js';
import { type MessageError, reasonOf } from '../wire/bgp/error-codes.js';
import { encodeNotification, type Notification, notificationOf, textOf, unwrapped } from '../wire/bgp/notification.js';
import type { Close, Connection, Output, Session, State, Step } from './contract.js';
import { andThen, putOut, quietly, report, withoutConnection } from './steps.js';
import { backOff, ofSeconds } from './timers.js';

/** Ends a connection with a NOTIFICATION of ours; when it was the last one, the session has failed. `text` is for our own people. */
export function closeWith(
  session: Session,
  connection: Connection,
  notification: Notification,
  now: Micros,
  chance: number,
  text?: string,
): Step {
  const close = { ...closeOf('sent', notification, connection.phase, now), ...(text !== undefined && { text }) };
  return andThen(end(session, connection, close, tell(connection, notification)), (ended) =>
    failed(ended, connection, 'Idle', now, chance),
  );
}

/** A peer's fault, and what to say of it to our own people where its name does not say enough. */
export interface Refusal extends MessageError {
  readonly text?: string;
}

/** Ends a connection for the peer's fault. */
export function refuse(session: Session, connection: Connection, error: Refusal, now: Micros, chance: number): Step {
  return closeWith(session, connection, notificationOf(error.reason, error.data), now, chance, error.text);
}

/** Ends a connection that the peer has ended with a NOTIFICATION, which is never answered with another (RFC 4271 6.4). */
export function closeAsTold(
  session: Session,
  connection: Connection,
  notification: Notification,
  now: Micros,
  chance: number,
): Step {
  const close = closeOf('received', notification, connection.phase, now);
  const outputs: Output[] = [{ type: 'close', connection: connection.number, abort: false }];
  return andThen(end(session, connection, close, outputs), (ended) => failed(ended, connection, 'Idle', now, chance));
}

/** A connection is gone without a word. Whoever has not got as far as an OPEN listens on (RFC 4271 8.2.2, event 18). */
export function closeAsLost(
  session: Session,
  connection: Connection,
  reason: 'connect-failed' | 'connection-lost',
  text: string | undefined,
  now: Micros,
  chance: number,
): Step {
  const { phase } = connection;
  const close: Close = { direction: 'lost', reason, ...(text !== undefined && { text }), at: now, in: phase };
  const next = phase === 'Connect' || phase === 'OpenSent' ? 'Active' : 'Idle';
  return andThen(end(session, connection, close, []), (ended) => failed(ended, connection, next, now, chance));
}

/** Ends the making of a connection that nobody answers. */
export function closeUnanswered(
  session: Session,
  connection: Connection,
  text: string,
  now: Micros,
  chance: number,
): Step {
  const { session: left, outputs } = closeAsLost(session, connection, 'connect-failed', text, now, chance);
  return { session: left, outputs: [abort(connection), ...outputs] };
}

/** Ends a connection on which TCP takes nothing any more: a NOTIFICATION would not get through either (RFC 9687 4.3, 7). */
export function closeStalled(session: Session, connection: Connection, now: Micros, chance: number): Step {
  const close = closeOf('sent', notificationOf('send-hold-timer'), connection.phase, now);
  return andThen(end(session, connection, close, [abort(connection)]), (ended) =>
    failed(ended, connection, 'Idle', now, chance),
  );
}

/** Ends a connection because another one is kept: that is no failure, and nobody is told of it but the peer. */
export function dropFor(session: Session, connection: Connection, notification: Notification | undefined): Step {
  const outputs = notification ? tell(connection, notification) : [abort(connection)];
  return { session: withoutConnection(session, connection.number), outputs };
}

/** Ends a session that stays up no longer, silently: its connection is replaced by a new one of the same peer. */
export function replace(session: Session, connection: Connection, now: Micros): Step {
  const close: Close = { direction: 'lost', reason: 'replaced', at: now, in: connection.phase };
  return end(session, connection, close, [abort(connection)]);
}

/** Ends every connection, with a NOTIFICATION where the peer has heard of us, or silently without one. */
export function closeAll(session: Session, notification: Notification | undefined, now: Micros): Step {
  return session.connections.reduce<Step>(
    (step, connection) =>
      andThen(step, (left) => {
        if (notification && connection.phase !== 'Connect') {
          return end(
            left,
            connection,
            closeOf('sent', notification, connection.phase, now),
            tell(connection, notification),
          );
        }
        const silent: Output = { type: 'close', connection: connection.number, abort: connection.phase === 'Connect' };
        return { session: withoutConnection(left, connection.number), outputs: [silent] };
      }),
    quietly(session),
  );
}

function tell(connection: Connection, notification: Notification): Output[] {
  const { number, phase } = connection;
  if (phase === 'Connect') return [abort(connection)];
  return [
    { type: 'send', connection: number, octets: encodeNotification(notification) },
    { type: 'close', connection: number, abort: false },
  ];
}

function abort({ number }: Connection): Output {
  return { type: 'close', connection: number, abort: true };
}

function end(session: Session, connection: Connection, close: Close, outputs: readonly Output[]): Step {
  const ended: Session = { ...withoutConnection(session, connection.number), lastClose: close };
  return putOut({ session: ended, outputs }, report({ kind: 'closed', close }));
}

/**
 * What follows when a connection has failed: nothing while there is another; else a pause that grows with each failure, in
 * Idle, where the peer is refused, or in Active, where it is let in. A session that lasted begins the count anew.
 */
function failed(session: Session, connection: Connection, next: 'Idle' | 'Active', now: Micros, chance: number): Step {
  const { connections } = session;
  if (connections.length > 0) {
    const connecting = connections.some(({ phase }) => phase === 'Connect');
    return quietly({ ...session, retryAt: connecting ? session.retryAt : never });
  }
  const { establishedAt, negotiated } = connection;
  const lasted = establishedAt !== undefined && now - establishedAt > ofSeconds(negotiated!.holdTime);
  const failures = (lasted ? 0 : session.failures) + 1;
  const waits = next === 'Idle' || !session.config.passive;
  const retryAt = waits ? now + backOff(failures, session.config.longestBackOff, chance) : never;
  return quietly({ ...session, failures, held: next === 'Idle', retryAt });
}

function closeOf(direction: Close['direction'], notification: Notification, state: State, at: Micros): Close {
  const { code, subcode } = unwrapped(notification);
  const text = textOf(notification);
  return {
    direction,
    reason: reasonOf(code, subcode),
    code,
    subcode,
    ...(text !== undefined && { text }),
    at,
    in: state,
  };
}
