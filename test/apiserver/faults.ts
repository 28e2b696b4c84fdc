// Owns: misbehaviour on demand: what real API servers do on bad days, when a test asks for it.
import { Failure } from './status.js';

/** A request as far as faults look at it. */
export interface RequestLine {
  readonly method: string;
  readonly path: string;
  readonly watch: boolean;
}

export interface FailOptions {
  /** HTTP status of the answers. */
  readonly status: 409 | 410 | 429 | 500 | 503;
  readonly retryAfterSeconds?: number;
  /** Which requests; default all. Others pass and do not count. */
  readonly matches?: (request: RequestLine) => boolean;
}

export interface Faults {
  /** Makes the next `count` requests fail. Adds to what is still due. */
  failNext(count: number, options: FailOptions): void;
  /** Every answer waits this long, until it is set to 0. */
  delay(milliseconds: number): void;
  /** Ends all watches: cleanly, as a timeout does, or by resetting their connections. */
  dropWatches(how?: 'clean' | 'reset'): void;
  /** Connections that exist now are never answered again, and stay open; new ones work. */
  halfOpen(): void;
  /** Sends a bookmark to every watch that wants them. */
  bookmark(): void;
  /** Forgets all history: watches and pages that go on from an earlier resourceVersion get 410. */
  expireHistory(): void;
  /** Closes every connection, stays away for `pauseMs`, and listens again on the same port with the same state. */
  restart(pauseMs?: number): Promise<void>;
}

/** What is due to fail. */
export interface FailurePlan {
  add(count: number, options: FailOptions): void;
  /** Throws the failure that is due for this request, if one is. */
  check(request: RequestLine): void;
}

export function createFailurePlan(): FailurePlan {
  const due: { left: number; options: FailOptions }[] = [];
  return {
    add: (count, options) => void due.push({ left: count, options }),
    check(request) {
      const at = due.findIndex(({ options }) => options.matches?.(request) ?? true);
      const found = due[at];
      if (!found) return;
      found.left -= 1;
      if (found.left <= 0) due.splice(at, 1);
      throw failure(found.options);
    },
  };
}

const reasons = {
  409: 'Conflict',
  410: 'Expired',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
} as const;

function failure({ status, retryAfterSeconds }: FailOptions): Failure {
  return new Failure(status, reasons[status], `this ${status} was asked for`, undefined, retryAfterSeconds);
}
