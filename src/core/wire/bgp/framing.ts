import type { MessageError } from './error-codes.js';
import { headerFault, headerLength, messageLengthAt } from './header.js';

/** What a stream of messages has given so far that is not yet a whole message: less than 4096 octets. */
export interface Framing {
  readonly pending: Uint8Array;
}

/** The beginning of a stream. */
export const noFraming: Framing = { pending: new Uint8Array(0) };

/** What a chunk completed. */
export interface Framed {
  readonly framing: Framing;
  /** Whole messages in their order, header included. They may share memory with the chunk. */
  readonly messages: readonly Uint8Array[];
  /** Why the octets after those messages are none. The stream cannot be read any further. */
  readonly error?: MessageError;
}

/**
 * Cuts the next octets of a stream into messages, however TCP has divided them. A header is judged as soon as it is there,
 * so nothing is kept for a message that would be refused.
 *
 * @param chunk a buffer that may be used again once the messages have been decoded
 */
export function takeMessages(framing: Framing, chunk: Uint8Array): Framed {
  const bytes = joined(framing.pending, chunk);
  const messages: Uint8Array[] = [];
  let at = 0;
  while (bytes.length - at >= headerLength) {
    const error = headerFault(bytes, at);
    if (error) return { framing: noFraming, messages, error };
    const length = messageLengthAt(bytes, at);
    if (bytes.length - at < length) break;
    messages.push(bytes.subarray(at, at + length));
    at += length;
  }
  return { framing: at === bytes.length ? noFraming : { pending: bytes.slice(at) }, messages };
}

function joined(pending: Uint8Array, chunk: Uint8Array): Uint8Array {
  // As a plain array even where the chunk is of a class whose `slice` shares memory, as Node's Buffer does.
  if (pending.length === 0) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
  const bytes = new Uint8Array(pending.length + chunk.length);
  bytes.set(pending);
  bytes.set(chunk, pending.length);
  return bytes;
}
