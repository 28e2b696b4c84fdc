import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServedWatch } from './serve-watch.js';

/** A request and what the listener knows besides it. `canWrite` is false once its connection is half-open. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly canWrite: () => boolean;
  readonly watches: Set<ServedWatch>;
}
