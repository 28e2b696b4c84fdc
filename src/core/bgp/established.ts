import { type Micros, never } from '../time.js';
import { familyOfNumbers } from '../wire/bgp/families.js';
import type { Message } from '../wire/bgp/message.js';
import { refreshSubtype } from '../wire/bgp/route-refresh.js';
import { advertise, refresh } from './advertising.js';
import { closeAsTold } from './closing.js';
import { keepOnly } from './collision.js';
import type { Connection, Session, Step } from './contract.js';
import { emptyRibOut } from './routes.js';
import { andThen, putOut, quietly, report, withConnection } from './steps.js';
import { ofSeconds } from './timers.js';

/** OpenConfirm to Established: the only connection from now on, on which the routes go out. */
export function establish(session: Session, connection: Connection, now: Micros, chance: number): Step {
  const { number, negotiated } = connection;
  const established: Connection = {
    ...held(connection, now),
    phase: 'Established',
    establishedAt: now,
    ribOut: emptyRibOut(now, now + session.config.endOfRibWithin),
  };
  const up = withConnection({ ...session, wasEstablished: true, retryAt: never }, established);
  const told = report({ kind: 'established', connection: number, negotiated: negotiated! });
  return andThen(putOut(keepOnly(up, established), told), (left) => advertise(left, true, now, chance));
}

/**
 * A message in Established, where an OPEN does not come any more. Every message restarts the HoldTimer; RFC 4271 8.2.2 names
 * KEEPALIVE and UPDATE. Routes of the peer are read and forgotten.
 *
 * @param octets the message as it came
 */
export function receiveInEstablished(
  session: Session,
  connection: Connection,
  message: Exclude<Message, { type: 'open' }>,
  octets: Uint8Array,
  now: Micros,
  chance: number,
): Step {
  if (message.type === 'notification') return closeAsTold(session, connection, message, now, chance);
  const live = held(connection, now);
  const next = withConnection(session, live);
  switch (message.type) {
    case 'keepalive':
      return quietly(next);
    case 'update': {
      const { faults, withdrawn, reach } = message;
      if (faults.length === 0) return quietly(next);
      const prefixes = [...withdrawn, ...reach.flatMap((each) => each.prefixes)];
      return putOut(quietly(next), report({ kind: 'faulty-update', faults, prefixes, octets: octets.slice() }));
    }
    case 'route-refresh': {
      const family = familyOfNumbers(message);
      const asks = message.subtype === refreshSubtype.request && family !== undefined;
      return asks ? refresh(next, live, family, now, chance) : quietly(next);
    }
  }
}

/** A connection whose HoldTimer begins anew. */
function held(connection: Connection, now: Micros): Connection {
  const { holdTime } = connection.negotiated!;
  return { ...connection, holdAt: holdTime === 0 ? never : now + ofSeconds(holdTime) };
}
