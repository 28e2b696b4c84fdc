/** Saves a checkpoint off the hot path: at most once a second, always the latest of what there is to save. */
import type { Logger } from '../../platform/observability/log.js';

const quietMs = 1_000;

export interface CheckpointWriter<T> {
  save(value: T): void;
  /** Writes what waits, and resolves when it is on disk or has failed. */
  idle(): Promise<void>;
}

/** @param o.what what a start without the API server would not know otherwise, as in `the groups` */
export function createCheckpointWriter<T extends object>(o: {
  readonly path: string;
  readonly what: string;
  readonly write: (path: string, value: T) => Promise<void>;
  readonly log: Logger;
}): CheckpointWriter<T> {
  let waiting: T | undefined;
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();
  let failing = false;

  function write(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    writing = writing.then(async () => {
      const value = waiting;
      waiting = undefined;
      if (value === undefined) return;
      try {
        await o.write(o.path, value);
        failing = false;
      } catch (error) {
        if (!failing)
          o.log.error(`checkpoint not saved: a start without the API server would not know ${o.what}`, {
            path: o.path,
            error,
          });
        failing = true;
      }
    });
    return writing;
  }

  return {
    save(value) {
      waiting = value;
      timer ??= setTimeout(write, quietMs).unref();
    },
    idle: write,
  };
}
