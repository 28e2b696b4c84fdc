import { ApiError } from './api-error.js';
import { type Clock, systemClock } from './clock.js';
import { createTokenBucket } from './token-bucket.js';

/**
 * Owns: when to reconcile which key. A key is in the queue at most once and is run by one worker at a time; what is added
 * while it runs is run again afterwards.
 * Source: client-go util/workqueue (parallel, delaying, rate limiting queue).
 */

/** Again: in so many milliseconds; or later, longer each time, although nothing has failed. */
export type Again = { readonly after: number } | { readonly after: 'backoff' };

/**
 * What was decided had been overtaken when it was to be written. Whoever says so has made sure of knowing better next time, but
 * what overtakes once may do so again: hence the growing delay.
 */
export const overtaken = { after: 'backoff' } as const satisfies Again;

export interface WorkQueueOptions {
  /** Brings the world in line for a key. Throwing means: it failed, try again later, longer each time. */
  // biome-ignore lint/suspicious/noConfusingVoidType: one that has nothing to ask for just ends
  reconcile(key: string): Promise<void | Again>;
  /** How many keys at once; default 1. */
  concurrency?: number;
  /** The retries of one key: from `baseMs`, doubling, to `capMs`. Default 20 ms to 60 s. */
  retry?: { baseMs: number; capMs: number };
  /** All retries together. Default 20 a second, 100 at once. */
  retryRate?: { perSecond: number; burst: number };
  /** Told of each failure, for the log; `attempts` counts from 1, `retryMs` is how long until the next. */
  onError?: (key: string, error: unknown, retry: { attempts: number; retryMs: number }) => void;
  /** Told of each run, for metrics; milliseconds. */
  onDone?: (run: { key: string; waitedMs: number; tookMs: number; ok: boolean }) => void;
  clock?: Clock;
}

export interface WorkQueue {
  /** Runs `key` as soon as a worker is free: in the next microtask when one is. */
  add(key: string): void;
  /** As `add`, but in `ms` milliseconds; the earlier of several counts. */
  addAfter(key: string, ms: number): void;
  /** Resolves when nothing is waiting or running (what is delayed does not count). */
  idle(): Promise<void>;
  /** Takes nothing more, drops what is waiting or delayed, tries nothing again; resolves when what is running has ended. */
  close(): Promise<void>;
  stats(): WorkQueueStats;
}

export interface WorkQueueStats {
  /** Keys waiting for a worker. */
  readonly depth: number;
  readonly running: number;
  readonly delayed: number;
  readonly added: number;
  readonly done: number;
  readonly failed: number;
  /** How long the longest present run has taken, in milliseconds; 0 when none is. */
  readonly longestRunningMs: number;
}

export function createWorkQueue(o: WorkQueueOptions): WorkQueue {
  const clock = o.clock ?? systemClock;
  const concurrency = o.concurrency ?? 1;
  const { baseMs, capMs } = o.retry ?? { baseMs: 20, capMs: 60_000 };
  const bucket = createTokenBucket(o.retryRate ?? { perSecond: 20, burst: 100 });
  /** Key to the instant it was added, in the order of adding. */
  const waiting = new Map<string, number>();
  /** Key to the instant it was started. */
  const running = new Map<string, number>();
  /** Added again while running. */
  const again = new Set<string>();
  const delayed = new Map<string, { at: number; cancel: () => void }>();
  const attempts = new Map<string, number>();
  const counts = { added: 0, done: 0, failed: 0 };
  let idlers: (() => void)[] = [];
  let closed = false;
  let scheduled = false;

  function add(key: string): void {
    if (closed) return;
    undelay(key);
    if (running.has(key)) {
      again.add(key);
      return;
    }
    if (waiting.has(key)) return;
    counts.added += 1;
    waiting.set(key, clock.now());
    wake();
  }

  /** In a microtask: everything that one event handler adds is seen before the first of it runs. */
  function wake(): void {
    if (scheduled || running.size >= concurrency) return;
    scheduled = true;
    queueMicrotask(() => {
      scheduled = false;
      while (running.size < concurrency) {
        const next = waiting.entries().next();
        if (next.done) break;
        const [key, since] = next.value;
        waiting.delete(key);
        void work(key, since);
      }
    });
  }

  async function work(key: string, since: number): Promise<void> {
    const started = clock.now();
    running.set(key, started);
    let ok = true;
    try {
      const result = await o.reconcile(key);
      if (result?.after === 'backoff') addAfter(key, nextTry(key).retryMs);
      else {
        attempts.delete(key);
        if (result) addAfter(key, result.after);
      }
    } catch (error) {
      ok = false;
      retry(key, error);
    }
    running.delete(key);
    counts[ok ? 'done' : 'failed'] += 1;
    o.onDone?.({ key, waitedMs: started - since, tookMs: clock.now() - started, ok });
    if (again.delete(key)) add(key);
    wake();
    if (waiting.size === 0 && running.size === 0) {
      for (const resolve of idlers) resolve();
      idlers = [];
    }
  }

  function retry(key: string, error: unknown): void {
    if (closed) return;
    const asked = (error instanceof ApiError && error.retryAfterMs) || 0;
    const next = nextTry(key, asked);
    o.onError?.(key, error, next);
    addAfter(key, next.retryMs);
  }

  function nextTry(key: string, leastMs = 0): { attempts: number; retryMs: number } {
    const made = (attempts.get(key) ?? 0) + 1;
    attempts.set(key, made);
    const own = Math.min(capMs, baseMs * 2 ** (made - 1));
    return { attempts: made, retryMs: Math.max(own, leastMs, bucket.reserve(clock.now())) };
  }

  function addAfter(key: string, ms: number): void {
    if (closed) return;
    if (ms <= 0) {
      add(key);
      return;
    }
    const at = clock.now() + ms;
    const earlier = delayed.get(key);
    if (earlier !== undefined && earlier.at <= at) return;
    undelay(key);
    delayed.set(key, { at, cancel: clock.after(ms, () => add(key)) });
  }

  function undelay(key: string): void {
    delayed.get(key)?.cancel();
    delayed.delete(key);
  }

  const idle = () =>
    new Promise<void>((resolve) => {
      if (waiting.size === 0 && running.size === 0) resolve();
      else idlers.push(resolve);
    });

  return {
    add,
    addAfter,
    idle,
    async close() {
      closed = true;
      for (const key of [...delayed.keys()]) undelay(key);
      waiting.clear();
      await idle();
    },
    stats() {
      let longestRunningMs = 0;
      for (const since of running.values()) longestRunningMs = Math.max(longestRunningMs, clock.now() - since);
      return { depth: waiting.size, running: running.size, delayed: delayed.size, ...counts, longestRunningMs };
    },
  };
}
