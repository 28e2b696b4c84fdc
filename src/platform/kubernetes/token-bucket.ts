/**
 * Owns: a rate limit with a burst.
 * Refuses to know: clocks; `nowMs` is any monotonic instant in milliseconds.
 */

export interface TokenBucket {
  /** Takes a token if there is one. */
  tryTake(nowMs: number): boolean;
  /** Takes a token now or on credit; how many milliseconds from `nowMs` it will be there (0: at once). */
  reserve(nowMs: number): number;
  /** Whether it holds as much as a new one, so that one may take its place. */
  isFull(nowMs: number): boolean;
}

/** @param o.perSecond tokens that come back per second, > 0; @param o.burst most tokens held, >= 1 */
export function createTokenBucket(o: { perSecond: number; burst: number }): TokenBucket {
  let tokens = o.burst;
  let refilledAt = Number.NEGATIVE_INFINITY;
  const refill = (nowMs: number) => {
    if (nowMs <= refilledAt) return;
    tokens = Math.min(o.burst, tokens + ((nowMs - refilledAt) / 1000) * o.perSecond);
    refilledAt = nowMs;
  };
  return {
    tryTake(nowMs) {
      refill(nowMs);
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
    reserve(nowMs) {
      refill(nowMs);
      tokens -= 1;
      return tokens >= 0 ? 0 : (-tokens / o.perSecond) * 1000;
    },
    isFull(nowMs) {
      refill(nowMs);
      return tokens >= o.burst;
    },
  };
}
