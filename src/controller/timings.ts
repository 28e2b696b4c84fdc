/** How long the controller takes, for Prometheus. */
import type { Metrics } from '../platform/observability/metrics.js';
import type { TaskName } from './tasks.js';

export interface Timings {
  /** One task was done once, or failed, in so many milliseconds. */
  reconciled(task: TaskName, ms: number): void;
  /** A Service is answered for, so many milliseconds after it was first seen. */
  answered(ms: number): void;
}

/** Upper bounds, in seconds. */
const reconcileBounds: readonly number[] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30];
const answerBounds: readonly number[] = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

export function registerTimings(metrics: Metrics): Timings {
  const reconciled = metrics.histogram(
    'openelb_controller_reconcile_seconds',
    'How long one reconciliation took, by task, whether or not it failed.',
    reconcileBounds,
  );
  const answered = metrics.histogram(
    'openelb_service_answer_seconds',
    'From when the controller first saw a Service of ours without an address to when a node, or a router with protocol bgp, had all that it was given.',
    answerBounds,
  );
  return {
    reconciled: (task, ms) => reconciled.observe(ms / 1000, { task }),
    answered: (ms) => answered.observe(ms / 1000),
  };
}
