import { assert } from '../../assert.js';
import { readUint16, writeUint16 } from '../octets.js';
import { type MessageError, messageError } from './error-codes.js';

/*
 * The header of every message (RFC 4271 4.1): a marker of 16 octets, all ones; the length of the whole message, 2 octets;
 * its type, 1 octet.
 */

/** Octets of the header. */
export const headerLength = 19;
/** The longest message. RFC 8654 allows more to those who ask for it; this speaker does not. */
export const longestMessage = 4096;

const lengthAt = 16;
const typeAt = 18;

/** The types of messages: RFC 4271 4.1, RFC 2918 3. */
export const messageType = { open: 1, update: 2, notification: 3, keepalive: 4, routeRefresh: 5 } as const;

/** The shortest message of each type. */
const shortest: Readonly<Record<number, number>> = {
  [messageType.open]: 29,
  [messageType.update]: 23,
  [messageType.notification]: 21,
  [messageType.keepalive]: headerLength,
  [messageType.routeRefresh]: 23,
};

/** Octets of the message whose header is at `at`, as far as it can be believed ({@link headerFault}). */
export function messageLengthAt(bytes: Uint8Array, at: number): number {
  return readUint16(bytes, at + lengthAt);
}

/** The type of the message whose header is at `at`. */
export function messageTypeAt(bytes: Uint8Array, at: number): number {
  return bytes[at + typeAt]!;
}

/** What is wrong with the header at `at`, all of which is there; the checks of RFC 4271 6.1 in its order. */
export function headerFault(bytes: Uint8Array, at: number): MessageError | undefined {
  for (let i = at; i < at + lengthAt; i++) if (bytes[i] !== 0xff) return messageError('marker');
  const length = messageLengthAt(bytes, at);
  const type = messageTypeAt(bytes, at);
  const least = shortest[type] ?? headerLength;
  const most = type === messageType.keepalive ? headerLength : longestMessage;
  if (length < least || length > most) {
    return messageError('length', bytes.slice(at + lengthAt, at + lengthAt + 2));
  }
  if (shortest[type] === undefined) return messageError('type', Uint8Array.of(type));
  return undefined;
}

/**
 * A message made of its type and body.
 *
 * @param body the octets after the header; an array of numbers, or octets
 * @throws InvariantError when the message would be longer than 4096 octets
 */
export function writeMessage(type: number, body: ArrayLike<number>): Uint8Array {
  const length = headerLength + body.length;
  assert(length <= longestMessage, `a message of ${length} octets is longer than ${longestMessage}`);
  const bytes = new Uint8Array(length).fill(0xff, 0, lengthAt);
  writeUint16(bytes, lengthAt, length);
  bytes[typeAt] = type;
  bytes.set(body, headerLength);
  return bytes;
}
