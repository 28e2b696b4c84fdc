import { ApiError } from './api-error.js';
import { type Clock, systemClock } from './clock.js';
import { createTokenBucket, type TokenBucket } from './token-bucket.js';

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
  /** Keys that failed the last time that they were run, or were overtaken. */
  readonly failing: number;
  /** How long the longest present run has taken, in milliseconds; 0 when none is. */
  readonly longestRunningMs: number;
}

interface Queue {
  readonly options: WorkQueueOptions;
  readonly clock: Clock;
  readonly concurrency: number;
  readonly retry: { readonly baseMs: number; readonly capMs: number };
  /** Of all retries together. */
  readonly bucket: TokenBucket;
  /** Key to the instant it was added, in the order of adding. */
  readonly waiting: Map<string, number>;
  /** Key to the instant it was started. */
  readonly running: Map<string, number>;
  /** Added again while running. */
  readonly again: Set<string>;
  readonly delayed: Map<string, { readonly at: number; readonly cancel: () => void }>;
  /** How often a key was tried without success. */
  readonly attempts: Map<string, number>;
  readonly counts: { added: number; done: number; failed: number };
  /** Who waits for it to have nothing to do. */
  idlers: (() => void)[];
  closed: boolean;
  /** Workers take what waits in a microtask that is to come. */
  scheduled: boolean;
}

export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  const q: Queue = {
    options,
    clock: options.clock ?? systemClock,
    concurrency: options.concurrency ?? 1,
    retry: options.retry ?? { baseMs: 20, capMs: 60_000 },
    bucket: createTokenBucket(options.retryRate ?? { perSecond: 20, burst: 100 }),
    waiting: new Map(),
    running: new Map(),
    again: new Set(),
    delayed: new Map(),
    attempts: new Map(),
    counts: { added: 0, done: 0, failed: 0 },
    idlers: [],
    closed: false,
    scheduled: false,
  };
  return {
    add: (key) => add(q, key),
    addAfter: (key, ms) => addAfter(q, key, ms),
    idle: () => idle(q),
    close: () => close(q),
    stats: () => stats(q),
  };
}

function add(q: Queue, key: string): void {
  if (q.closed) return;
  undelay(q, key);
  if (q.running.has(key)) {
    q.again.add(key);
    return;
  }
  if (q.waiting.has(key)) return;
  q.counts.added += 1;
  q.waiting.set(key, q.clock.now());
  wake(q);
}

/** In a microtask: everything that one event handler adds is seen before the first of it runs. */
function wake(q: Queue): void {
  if (q.scheduled || q.running.size >= q.concurrency) return;
  q.scheduled = true;
  queueMicrotask(() => {
    q.scheduled = false;
    while (q.running.size < q.concurrency) {
      const next = q.waiting.entries().next();
      if (next.done) break;
      const [key, since] = next.value;
      q.waiting.delete(key);
      void work(q, key, since);
    }
  });
}

async function work(q: Queue, key: string, since: number): Promise<void> {
  const started = q.clock.now();
  q.running.set(key, started);
  let ok = true;
  try {
    const result = await q.options.reconcile(key);
    if (result?.after === 'backoff') addAfter(q, key, nextTry(q, key).retryMs);
    else {
      q.attempts.delete(key);
      if (result) addAfter(q, key, result.after);
    }
  } catch (error) {
    ok = false;
    tryAgain(q, key, error);
  }
  q.running.delete(key);
  q.counts[ok ? 'done' : 'failed'] += 1;
  q.options.onDone?.({ key, waitedMs: started - since, tookMs: q.clock.now() - started, ok });
  if (q.again.delete(key)) add(q, key);
  wake(q);
  if (!isIdle(q)) return;
  for (const resolve of q.idlers) resolve();
  q.idlers = [];
}

function tryAgain(q: Queue, key: string, error: unknown): void {
  if (q.closed) return;
  const asked = (error instanceof ApiError && error.retryAfterMs) || 0;
  const next = nextTry(q, key, asked);
  q.options.onError?.(key, error, next);
  addAfter(q, key, next.retryMs);
}

function nextTry(q: Queue, key: string, leastMs = 0): { readonly attempts: number; readonly retryMs: number } {
  const attempts = (q.attempts.get(key) ?? 0) + 1;
  q.attempts.set(key, attempts);
  const own = Math.min(q.retry.capMs, q.retry.baseMs * 2 ** (attempts - 1));
  return { attempts, retryMs: Math.max(own, leastMs, q.bucket.reserve(q.clock.now())) };
}

function addAfter(q: Queue, key: string, ms: number): void {
  if (q.closed) return;
  if (ms <= 0) {
    add(q, key);
    return;
  }
  const at = q.clock.now() + ms;
  const earlier = q.delayed.get(key);
  if (earlier !== undefined && earlier.at <= at) return;
  undelay(q, key);
  q.delayed.set(key, { at, cancel: q.clock.after(ms, () => add(q, key)) });
}

function undelay({ delayed }: Queue, key: string): void {
  delayed.get(key)?.cancel();
  delayed.delete(key);
}

function isIdle({ waiting, running }: Queue): boolean {
  return waiting.size === 0 && running.size === 0;
}

function idle(q: Queue): Promise<void> {
  return new Promise((resolve) => {
    if (isIdle(q)) resolve();
    else q.idlers.push(resolve);
  });
}

async function close(q: Queue): Promise<void> {
  q.closed = true;
  for (const key of [...q.delayed.keys()]) undelay(q, key);
  q.waiting.clear();
  await idle(q);
}

function stats({ waiting, running, delayed, attempts, counts, clock }: Queue): WorkQueueStats {
  let longestRunningMs = 0;
  for (const since of running.values()) longestRunningMs = Math.max(longestRunningMs, clock.now() - since);
  const sizes = { depth: waiting.size, running: running.size, delayed: delayed.size, failing: attempts.size };
  return { ...sizes, ...counts, longestRunningMs };
}
