/**
 * How many new connections are taken in, decided before anything is read from them. Pure: time is an argument.
 *
 * Closing the oldest of too many bounds what is open, not the work and the memory that each new one takes until it is collected.
 */
export interface Rates {
  /** New connections a second, of everybody and of one address. As many again may come at once. */
  readonly all: number;
  readonly each: number;
}

export interface ConnectionRate {
  /** Whether a new connection from this address is taken in. */
  admits(address: string, nowMs: number): boolean;
  /** Whether so many are refused that even that is too much work: for a moment none is to be looked at any more. */
  isFlooded(nowMs: number): boolean;
}

/** Connections that are refused in a moment, and how long that is. */
const mostRefused = 20;
export const momentMs = 100;

/** Addresses that are told apart. Beyond them the one that came first is forgotten, and is new when it comes again. */
const mostAddresses = 256;

interface Bucket {
  credit: number;
  at: number;
}

export function createConnectionRate({ all, each }: Rates): ConnectionRate {
  const everybody: Bucket = { credit: all, at: Number.NEGATIVE_INFINITY };
  const buckets = new Map<string, Bucket>();
  let refused = 0;
  let moment = Number.NEGATIVE_INFINITY;

  function bucketOf(address: string): Bucket {
    const known = buckets.get(address);
    if (known !== undefined) return known;
    const fresh = { credit: each, at: Number.NEGATIVE_INFINITY };
    for (const first of buckets.keys()) {
      if (buckets.size < mostAddresses) break;
      buckets.delete(first);
    }
    buckets.set(address, fresh);
    return fresh;
  }

  return {
    admits(address, nowMs) {
      const own = refilled(bucketOf(address), each, nowMs);
      if (own.credit < 1 || refilled(everybody, all, nowMs).credit < 1) {
        if (nowMs - moment >= momentMs) [moment, refused] = [nowMs, 0];
        refused++;
        return false;
      }
      own.credit--;
      everybody.credit--;
      return true;
    },
    isFlooded: (nowMs) => refused > mostRefused && nowMs - moment < momentMs,
  };
}

function refilled(bucket: Bucket, rate: number, nowMs: number): Bucket {
  bucket.credit = Math.min(rate, bucket.credit + (Math.max(0, nowMs - bucket.at) * rate) / 1000);
  bucket.at = nowMs;
  return bucket;
}
