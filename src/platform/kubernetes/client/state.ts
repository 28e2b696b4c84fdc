import type { Clock } from '../clock.js';
import type { Connection } from '../credentials.js';
import type { Fence } from '../fence.js';
import type { Reach } from '../reach.js';
import type { Transport } from '../transport.js';

/** Owns: what a client has. One record, which the functions beside it work on. */

export interface ClientOptions {
  readonly clock?: Clock;
  /** Which of the programs speaks, for the server's logs. */
  readonly program?: string;
  /** Told of every finished request, for metrics; `code` is the HTTP status or the kind of ConnectionError. */
  readonly onCall?: (call: { method: string; path: string; code: string; ms: number }) => void;
}

export interface ClientState extends Pick<ClientOptions, 'onCall'> {
  readonly transport: Transport;
  readonly connection: Connection;
  readonly clock: Clock;
  readonly reach: Reach;
  /** Writes leave only past it. */
  readonly fence: Fence | undefined;
}
