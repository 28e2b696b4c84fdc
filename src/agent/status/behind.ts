import type { WorkQueue } from '../../platform/kubernetes/work-queue.js';

/** A write that takes longer, in milliseconds, may never come to an end. */
const longMs = 1_000;

/** Whether a write has failed, and was not made up for yet, or takes long. */
export function isBehind(queue: Pick<WorkQueue, 'stats'>): boolean {
  const { failing, longestRunningMs } = queue.stats();
  return failing > 0 || longestRunningMs > longMs;
}
