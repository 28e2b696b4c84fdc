/**
 * Owns: how long to wait before trying again.
 * Source: "full jitter": each delay is uniform in [0, min(cap, base * 2^n)), so that clients that lost one server at the
 * same instant do not come back at the same instant.
 */

export interface Backoff {
  /** The next delay in milliseconds, longer on average each time. */
  next(): number;
  /** Something worked: the next delay is short again. */
  reset(): void;
}

export function createBackoff(o: { baseMs: number; capMs: number; random: () => number }): Backoff {
  let ceiling = o.baseMs;
  return {
    next() {
      const delay = o.random() * ceiling;
      ceiling = Math.min(ceiling * 2, o.capMs);
      return delay;
    },
    reset() {
      ceiling = o.baseMs;
    },
  };
}
