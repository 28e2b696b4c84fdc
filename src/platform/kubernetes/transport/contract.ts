import type http from 'node:http';

/** Owns: what goes over a transport, and what comes back. */

export interface Exchange {
  readonly method: string;
  /** Path and query, as on the wire but without the server's own path prefix. */
  readonly path: string;
  /** The media type that is wanted, and that of the body. */
  readonly accept: string;
  readonly contentType?: string | undefined;
  readonly body?: string | undefined;
  /** Whichever of them aborts first ends the exchange with its reason; nothing of it stays with them afterwards. */
  readonly signals: readonly AbortSignal[];
  /**
   * Called in the last moment before the request leaves, when it has waited for credentials, a connection and its handshake. What it
   * throws ends the exchange, and nothing was sent.
   */
  readonly beforeSending?: (() => void) | undefined;
}

export interface Response {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** How a response is taken in that goes on. */
export interface StreamOptions {
  readonly idleMs: number;
  readonly onOpen?: (() => void) | undefined;
  readonly onData: (chunk: Buffer) => void;
}
