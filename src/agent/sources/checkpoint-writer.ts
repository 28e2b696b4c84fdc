/** Saves a checkpoint off the hot path: at most once a second, always the latest of what there is to save. */
import { describeError, type Logger } from '../../platform/observability/log.js';

const quietMs = 1_000;
/** A disk that was full has room again some time, and nothing else need change until then. */
const againAfterMs = 30_000;

export interface CheckpointWriter<T> {
  save(value: T): void;
  /** Why what is on disk is not the latest, what that means and what to do about it; undefined while it is. */
  problem(): string | undefined;
  /** Writes what waits, and resolves when it is on disk or has failed. */
  idle(): Promise<void>;
}

/** @param o.what what a start without the API server would not know otherwise, as in `the groups` */
export function createCheckpointWriter<T extends object>(o: {
  readonly path: string;
  readonly what: string;
  readonly write: (path: string, value: T) => Promise<void>;
  readonly log: Pick<Logger, 'info' | 'error'>;
  readonly quietMs?: number;
  readonly againAfterMs?: number;
}): CheckpointWriter<T> {
  let waiting: T | undefined;
  let timer: NodeJS.Timeout | undefined;
  /** When that goes off, in milliseconds of `performance.now()`. */
  let due = Number.POSITIVE_INFINITY;
  let writing = Promise.resolve();
  let problem: string | undefined;

  function write(): Promise<void> {
    clearTimeout(timer);
    due = Number.POSITIVE_INFINITY;
    writing = writing.then(async () => {
      const value = waiting;
      waiting = undefined;
      if (value === undefined) return;
      try {
        await o.write(o.path, value);
        if (problem !== undefined) o.log.info('checkpoint saved after all', { path: o.path });
        problem = undefined;
      } catch (error) {
        failed(value, error);
      }
    });
    return writing;
  }

  function failed(value: T, error: unknown): void {
    const remedy = 'see that its folder has room and can be written to';
    const found = `${o.path} is not saved, and a start without the API server would not know ${o.what}: ${remedy}`;
    if (problem === undefined) o.log.error('checkpoint not saved', { reason: found, error });
    problem = `${found}: ${describeError(error)}`;
    waiting ??= value;
    writeWithin(o.againAfterMs ?? againAfterMs);
  }

  function writeWithin(ms: number): void {
    const at = performance.now() + ms;
    if (at >= due) return;
    clearTimeout(timer);
    due = at;
    timer = setTimeout(write, ms).unref();
  }

  return {
    save(value) {
      waiting = value;
      writeWithin(o.quietMs ?? quietMs);
    },
    problem: () => problem,
    idle: write,
  };
}
