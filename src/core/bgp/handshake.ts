import { type Micros, never } from '../time.js';
import { noFraming } from '../wire/bgp/framing.js';
import { encodeKeepalive } from '../wire/bgp/message.js';
import type { Notification } from '../wire/bgp/notification.js';
import { encodeOpen, type Open } from '../wire/bgp/open.js';
import { closeAsTold, refuse } from './closing.js';
import { collide } from './collision.js';
import type { Connection, OwnEnd, Session, Step } from './contract.js';
import { withheldAfter } from './fall-back.js';
import { negotiate, ownOpen } from './negotiation.js';
import { andThen, connectionOf, putOut, quietly, report, send, withConnection } from './steps.js';
import { keepaliveInterval, ofSeconds, openHoldTime } from './timers.js';

/** A session with one more connection, on which nothing was said. Its number is the one before `nextConnection`. */
export function withNewConnection(session: Session, direction: Connection['direction']): Session {
  const connection: Connection = {
    number: session.nextConnection,
    direction,
    phase: 'Connect',
    localAddress: new Uint8Array(0),
    framing: noFraming,
    holdAt: never,
    keepaliveAt: never,
    sendHoldAt: never,
    queued: 0,
  };
  const connections = [...session.connections, connection];
  return { ...session, connections, nextConnection: session.nextConnection + 1 };
}

/** A connection stands: our OPEN goes out, and the peer's is waited for. */
export function beginOpen(
  session: Session,
  connection: Connection,
  { localAddress, beside }: OwnEnd,
  now: Micros,
  chance: number,
): Step {
  const said = ownOpen(session);
  const holdAt = now + openHoldTime;
  const own = { localAddress, ...(beside && { beside }) };
  const opened: Connection = { ...connection, ...own, phase: 'OpenSent', holdAt, ownOpen: said };
  const next = withConnection(session, opened);
  const connecting = next.connections.some(({ phase }) => phase === 'Connect');
  const waiting: Session = { ...next, retryAt: connecting ? session.retryAt : never };
  return send(waiting, opened.number, [encodeOpen(said)], now, chance);
}

/** The peer's OPEN in OpenSent: judged, then the connection is weighed against another one, then it is confirmed. */
export function receiveOpen(session: Session, connection: Connection, open: Open, now: Micros, chance: number): Step {
  const negotiated = negotiate(session.config, connection.ownOpen!, open);
  if ('reason' in negotiated) return refuse(session, connection, negotiated, now, chance);
  return andThen(collide(session, connection, open, now), (left) => {
    const kept = connectionOf(left, connection.number);
    return kept ? confirm(left, { ...kept, peerOpen: open, negotiated }, now, chance) : quietly(left);
  });
}

/** OpenSent to OpenConfirm: a KEEPALIVE tells the peer that its OPEN is taken. */
function confirm(session: Session, connection: Connection, now: Micros, chance: number): Step {
  const { holdTime } = connection.negotiated!;
  const confirmed: Connection = {
    ...connection,
    phase: 'OpenConfirm',
    holdAt: holdTime === 0 ? never : now + ofSeconds(holdTime),
    keepaliveAt: holdTime === 0 ? never : now + keepaliveInterval(holdTime, chance),
  };
  return send(withConnection(session, confirmed), confirmed.number, [encodeKeepalive()], now, chance);
}

/** The peer does not want our OPEN: perhaps because of a capability, which the next one had better not have. */
export function endHandshake(
  session: Session,
  connection: Connection,
  notification: Notification,
  now: Micros,
  chance: number,
): Step {
  const withheld = withheldAfter(notification, connection.ownOpen!.capabilities, session.withheld);
  const step = closeAsTold({ ...session, withheld }, connection, notification, now, chance);
  if (withheld === session.withheld) return step;
  return putOut(step, report({ kind: 'capabilities-withheld', codes: withheld }));
}
