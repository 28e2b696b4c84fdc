import type { Micros } from '../time.js';
import { type ErrorReason, messageError } from '../wire/bgp/error-codes.js';
import { takeMessages } from '../wire/bgp/framing.js';
import { messageType, messageTypeAt } from '../wire/bgp/header.js';
import { decodeMessage, type Message, type MessageContext } from '../wire/bgp/message.js';
import { refuse } from './closing.js';
import type { Connection, Session, Step } from './contract.js';
import { establish, receiveInEstablished } from './established.js';
import { endHandshake, receiveOpen } from './handshake.js';
import { andThen, connectionOf, putOut, quietly, report, settled, withConnection } from './steps.js';

const { open, update, notification, keepalive, routeRefresh } = messageType;

/** The types of messages that may come in a state, and the error when another one does (RFC 6608). */
const expected: Readonly<
  Record<
    Exclude<Connection['phase'], 'Connect'>,
    { readonly types: readonly number[]; readonly otherwise: ErrorReason }
  >
> = {
  OpenSent: { types: [open, notification], otherwise: 'unexpected-in-open-sent' },
  OpenConfirm: { types: [keepalive, notification], otherwise: 'unexpected-in-open-confirm' },
  Established: { types: [update, notification, keepalive, routeRefresh], otherwise: 'unexpected-in-established' },
};

/** Takes octets of a connection: every message that they complete, one after the other, as long as it stands. */
export function receive(session: Session, number: number, octets: Uint8Array, now: Micros, chance: number): Step {
  const connection = connectionOf(session, number);
  if (!connection || connection.phase === 'Connect') return quietly(session);
  const { framing, messages, error } = takeMessages(connection.framing, octets);
  let step = quietly(withConnection(session, { ...connection, framing }));
  const onConnection = (next: (left: Session, standing: Connection) => Step) => {
    step = settled(
      andThen(step, (left) => {
        const standing = connectionOf(left, number);
        return standing ? next(left, standing) : quietly(left);
      }),
    );
  };
  for (const message of messages)
    onConnection((left, standing) => receiveMessage(left, standing, message, now, chance));
  if (error) onConnection((left, standing) => refuse(left, standing, error, now, chance));
  return step;
}

function receiveMessage(
  session: Session,
  connection: Connection,
  octets: Uint8Array,
  now: Micros,
  chance: number,
): Step {
  const { types, otherwise } = expected[connection.phase as keyof typeof expected];
  const type = messageTypeAt(octets, 0);
  if (!types.includes(type))
    return refuse(session, connection, messageError(otherwise, Uint8Array.of(type)), now, chance);
  const decoded = decodeMessage(octets, contextOf(connection));
  if (!decoded.ok) {
    const told = type === update ? [report({ kind: 'refused-update', octets: octets.slice() })] : [];
    return andThen(putOut(quietly(session), ...told), (left) => refuse(left, connection, decoded.error, now, chance));
  }
  return take(session, connection, decoded.message, octets, now, chance);
}

function take(
  session: Session,
  connection: Connection,
  message: Message,
  octets: Uint8Array,
  now: Micros,
  chance: number,
): Step {
  if (message.type === 'open') return receiveOpen(session, connection, message, now, chance);
  if (connection.phase === 'Established')
    return receiveInEstablished(session, connection, message, octets, now, chance);
  if (message.type === 'notification') return endHandshake(session, connection, message, now, chance);
  return establish(session, connection, now, chance);
}

function contextOf({ negotiated }: Connection): MessageContext {
  return {
    fourOctetAs: negotiated?.fourOctetAs ?? true,
    external: negotiated?.external ?? true,
    enhancedRouteRefresh: negotiated?.enhancedRouteRefresh ?? false,
  };
}
