import type { UpdateContext } from './attribute-rules.js';
import type { MessageError } from './error-codes.js';
import { messageType, messageTypeAt, writeMessage } from './header.js';
import { type Notification, readNotification } from './notification.js';
import { type Open, readOpen } from './open.js';
import { type RouteRefresh, readRouteRefresh } from './route-refresh.js';
import { readUpdate, type Update } from './update.js';

/** A message of BGP-4 (RFC 4271 4, RFC 2918), read. It shares no memory with its octets. */
export type Message = Open | Update | Notification | { readonly type: 'keepalive' } | RouteRefresh;

/** What was negotiated, and so decides how messages are read. */
export interface MessageContext extends UpdateContext {
  /** Whether both speakers sent the capability of enhanced route refresh (RFC 7313), which then has a length to keep. */
  readonly enhancedRouteRefresh: boolean;
}

export type MessageDecode =
  | { readonly ok: true; readonly message: Message }
  | { readonly ok: false; readonly error: MessageError };

/** Decodes a message that `takeMessages` gave. Any octets become a message or a named reason. */
export function decodeMessage(bytes: Uint8Array, context: MessageContext): MessageDecode {
  const read = readMessage(bytes, context);
  return 'reason' in read ? { ok: false, error: read } : { ok: true, message: read };
}

/** RFC 4271 4.4: a header alone. */
export function encodeKeepalive(): Uint8Array {
  return writeMessage(messageType.keepalive, []);
}

function readMessage(bytes: Uint8Array, context: MessageContext): Message | MessageError {
  switch (messageTypeAt(bytes, 0)) {
    case messageType.open:
      return readOpen(bytes);
    case messageType.update:
      return readUpdate(bytes, context);
    case messageType.notification:
      return readNotification(bytes);
    case messageType.routeRefresh:
      return readRouteRefresh(bytes, context.enhancedRouteRefresh);
    default:
      return { type: 'keepalive' };
  }
}
