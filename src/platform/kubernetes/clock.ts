/**
 * Owns: the four things that make code depend on time and chance, as one argument.
 * Refuses to know: what they are used for.
 */

export interface Clock {
  /** Monotonic milliseconds (fractions allowed); unaffected by changes of the wall clock. */
  now(): number;
  /** Milliseconds since 1970, for timestamps that others read; never for measuring. */
  wall(): number;
  /** Uniform in [0, 1). */
  random(): number;
  /** Calls `run` once, at the earliest after `ms` milliseconds; the result cancels it (harmless when it has run). */
  after(ms: number, run: () => void): () => void;
}

/** What a caller may be given to say; the shape of `observability/log.ts`. */
export interface Log {
  debug(message: string, fields?: object): void;
  info(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
  error(message: string, fields?: object): void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  random: () => Math.random(),
  after(ms, run) {
    let timer: NodeJS.Timeout;
    const wait = (left: number) => {
      timer =
        left > longestTimerMs ? setTimeout(() => wait(left - longestTimerMs), longestTimerMs) : setTimeout(run, left);
    };
    wait(ms);
    return () => clearTimeout(timer);
  },
};

/** Timers of Node take no longer time (24 days), and run at once instead. */
const longestTimerMs = 2 ** 31 - 1;

/** Resolves after `ms` milliseconds or as soon as `signal` aborts, whichever is first; never rejects. */
export function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal?.addEventListener('abort', done);
  });
}
