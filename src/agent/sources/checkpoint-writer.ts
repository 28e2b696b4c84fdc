/** Saves the checkpoint off the hot path: at most once a second, always the latest groups. */
import type { VipGroup } from '../../api/vip-group.js';
import type { Logger } from '../../platform/observability/log.js';
import { saveCheckpoint } from './checkpoint.js';

const quietMs = 1_000;

export interface CheckpointWriter {
  save(groups: ReadonlyMap<string, VipGroup>): void;
  /** Writes what waits, and resolves when it is on disk or has failed. */
  idle(): Promise<void>;
}

export function createCheckpointWriter(path: string, log: Logger): CheckpointWriter {
  let waiting: ReadonlyMap<string, VipGroup> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();
  let failing = false;

  function write(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    writing = writing.then(async () => {
      const groups = waiting;
      waiting = undefined;
      if (groups === undefined) return;
      try {
        await saveCheckpoint(path, groups);
        failing = false;
      } catch (error) {
        if (!failing)
          log.error('checkpoint not saved: a start without the API server would not know the groups', { path, error });
        failing = true;
      }
    });
    return writing;
  }

  return {
    save(groups) {
      waiting = new Map(groups);
      timer ??= setTimeout(write, quietMs).unref();
    },
    idle: write,
  };
}
