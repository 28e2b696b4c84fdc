/**
 * Writes this node's parts of the statuses that tell of BGP: only what changed, several changes as one, tried again until it is done, and
 * written anew where somebody else has changed it. A session that flaps is written once in a while.
 */
import { type Clock, systemClock } from '../../platform/kubernetes/clock.js';
import { createWorkQueue } from '../../platform/kubernetes/work-queue.js';
import { describeError, type Logger } from '../../platform/observability/log.js';
import { isBehind } from './behind.js';
import { notShown, sweepMs } from './bgp-status-writer/shown.js';
import { type BgpStatusState, newBgpStatusState } from './bgp-status-writer/state.js';
import { lookAtBgp } from './bgp-status-writer/wanted.js';
import { write } from './bgp-status-writer/write.js';

/** Changes within this time of the first are written as one, in milliseconds. */
const gatherMs = 200;

export interface BgpStatusWriter {
  /** Something may stand otherwise than before. */
  changed(): void;
  /** Whether something that there is to say could not be said at once. */
  isBehind(): boolean;
  /** Resolves when everything was written, or tried once. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export function createBgpStatusWriter(
  o: Pick<BgpStatusState, 'client' | 'node' | 'bgp' | 'latest'> & { readonly log: Logger; readonly clock?: Clock },
): BgpStatusWriter {
  const clock = o.clock ?? systemClock;
  const w = newBgpStatusState({ ...o, clock });
  let gathering: (() => void) | undefined;
  let cancelSweep: (() => void) | undefined;

  const queue = createWorkQueue({
    reconcile: (key: string) => write(w, key),
    concurrency: 4,
    clock,
    onError: (key, error, { attempts, retryMs }) => {
      const fields = { key, attempts, retryMs, error: describeError(error) };
      if (attempts === 1) o.log.warn('BGP status not written, trying again', fields);
      else o.log.debug('BGP status not written, trying again', fields);
    },
  });

  function look(): void {
    gathering = undefined;
    for (const key of lookAtBgp(w)) queue.add(key);
  }

  function sweep(): void {
    for (const key of notShown(w)) queue.add(key);
    cancelSweep = clock.after(sweepMs, sweep);
  }
  cancelSweep = clock.after(sweepMs, sweep);

  return {
    changed() {
      gathering ??= clock.after(gatherMs, look);
    },
    isBehind: () => isBehind(queue),
    idle() {
      gathering?.();
      look();
      return queue.idle();
    },
    close() {
      gathering?.();
      cancelSweep?.();
      return queue.close();
    },
  };
}
