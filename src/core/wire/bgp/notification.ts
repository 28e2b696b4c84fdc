import { readUint16 } from '../octets.js';
import { encodeUtf8, shownUtf8 } from '../utf8.js';
import { type ErrorReason, errorCodes } from './error-codes.js';
import { headerLength, messageType, writeMessage } from './header.js';

/** RFC 4271 4.5. */
export interface Notification {
  readonly type: 'notification';
  /** 0..255 each. */
  readonly code: number;
  readonly subcode: number;
  readonly data: Uint8Array;
}

/** RFC 9003 allows 255 octets; peers that know RFC 8203 alone log an error above 128. */
const longestText = 128;

/** The NOTIFICATION that tells an error. */
export function notificationOf(reason: ErrorReason, data: Uint8Array = new Uint8Array(0)): Notification {
  const { code, subcode } = errorCodes[reason];
  return { type: 'notification', code, subcode, data };
}

/**
 * The NOTIFICATION of a shutdown or reset that an administrator wants, with a reason for the people at the other end
 * (RFC 9003). A text above 128 octets is cut, between characters.
 */
export function ceaseWithText(reason: 'administrative-shutdown' | 'administrative-reset', text: string): Notification {
  const octets: number[] = [];
  for (const character of text) {
    const more = encodeUtf8(character);
    if (octets.length + more.length > longestText) break;
    octets.push(...more);
  }
  return notificationOf(reason, text === '' ? undefined : Uint8Array.of(octets.length, ...octets));
}

/** Wraps a NOTIFICATION so that a peer that negotiated the N bit keeps nothing of the session (RFC 8538 3.1). */
export function hardReset({ code, subcode, data }: Notification): Notification {
  return notificationOf('hard-reset', Uint8Array.of(code, subcode, ...data));
}

/** What a hard reset is about; any other NOTIFICATION, and a hard reset that does not say, as it is. */
export function unwrapped(notification: Notification): Notification {
  const { code, subcode, data } = notification;
  const { code: cease, subcode: hard } = errorCodes['hard-reset'];
  if (code !== cease || subcode !== hard || data.length < 2) return notification;
  return { type: 'notification', code: data[0]!, subcode: data[1]!, data: data.slice(2) };
}

/**
 * What the peer's administrator has to say, fit to be shown: the text of a shutdown or reset, hard ones too. Undefined when
 * there is none, or it is longer than the message.
 */
export function textOf(notification: Notification): string | undefined {
  const { code, subcode, data } = unwrapped(notification);
  const spoken = [errorCodes['administrative-shutdown'], errorCodes['administrative-reset']];
  if (!spoken.some((each) => each.code === code && each.subcode === subcode)) return undefined;
  const length = data[0] ?? 0;
  if (length === 0 || 1 + length > data.length) return undefined;
  return shownUtf8(data.subarray(1, 1 + length));
}

/** Encodes a NOTIFICATION; data that would make it too long is cut. */
export function encodeNotification({ code, subcode, data }: Notification): Uint8Array {
  return writeMessage(messageType.notification, [code, subcode, ...data.subarray(0, 4096 - headerLength - 2)]);
}

/** Reads a NOTIFICATION whose header was judged. */
export function readNotification(message: Uint8Array): Notification {
  const pair = readUint16(message, headerLength);
  return { type: 'notification', code: pair >> 8, subcode: pair & 0xff, data: message.slice(headerLength + 2) };
}
