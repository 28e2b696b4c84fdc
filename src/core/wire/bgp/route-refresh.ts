import { readUint16 } from '../octets.js';
import { type MessageError, messageError } from './error-codes.js';
import type { AfiSafi } from './families.js';
import { headerLength, messageType, writeMessage } from './header.js';

/** RFC 2918 3, with the subtypes of RFC 7313 4. */
export interface RouteRefresh extends AfiSafi {
  readonly type: 'route-refresh';
  /** 0: send your routes again. 1, 2: here they begin (BoRR), and end (EoRR). Others, up to 255, are to be ignored. */
  readonly subtype: number;
}

/** Where the routes of a refresh begin and end (RFC 7313 4). */
export const refreshSubtype = { request: 0, begin: 1, end: 2 } as const;

const bodyLength = 4;

export function encodeRouteRefresh({ afi, safi, subtype }: RouteRefresh): Uint8Array {
  return writeMessage(messageType.routeRefresh, [afi >> 8, afi & 0xff, subtype, safi]);
}

/**
 * Reads a ROUTE-REFRESH whose header was judged. A request may have more in its body (RFC 5291), which is ignored.
 *
 * @param enhanced whether both speakers know RFC 7313, which then has a length to keep (RFC 7313 5)
 */
export function readRouteRefresh(message: Uint8Array, enhanced: boolean): RouteRefresh | MessageError {
  const subtype = message[headerLength + 2]!;
  const marks = subtype === refreshSubtype.begin || subtype === refreshSubtype.end;
  if (enhanced && marks && message.length !== headerLength + bodyLength) {
    return messageError('refresh-length', message.slice());
  }
  return {
    type: 'route-refresh',
    afi: readUint16(message, headerLength),
    safi: message[headerLength + 3]!,
    subtype,
  };
}
