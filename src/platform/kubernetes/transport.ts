import type { Clock } from './clock.js';
import type { Connection } from './credentials.js';
import { call } from './transport/call.js';
import type { Exchange, Response, StreamOptions } from './transport/contract.js';
import { close, newTransportState } from './transport/state.js';
import { stream } from './transport/stream.js';

export type { Exchange, Response };

/**
 * Owns: HTTP/1.1 exchanges with one server over kept-alive connections.
 * Refuses to know: Kubernetes. Every way an exchange can fail comes out as a ConnectionError, or as the reason of the
 * caller's own abort.
 */

export interface Transport {
  /** One request and its whole response. `timeoutMs` bounds all of it. */
  call(exchange: Exchange, timeoutMs: number): Promise<Response>;
  /**
   * A response that goes on. With status 200 `onData` gets each chunk, `onOpen` comes before the first, and the result
   * is undefined when the server ended it; another status is returned whole. Fails after `idleMs` without a byte. What
   * `onData` throws ends the exchange and rejects the result.
   */
  stream(exchange: Exchange, o: StreamOptions): Promise<Response | undefined>;
  /** Ends whatever is under way and lets go of every connection, for good: nothing is sent from then on. */
  close(): void;
}

/** @param program which of the programs speaks, for the server's logs */
export function openTransport(connection: Connection, clock: Clock, program?: string): Transport {
  const state = newTransportState(connection, clock, program);
  return {
    call: (exchange, timeoutMs) => call(state, exchange, timeoutMs),
    stream: (exchange, o) => stream(state, exchange, o),
    close: () => close(state),
  };
}
