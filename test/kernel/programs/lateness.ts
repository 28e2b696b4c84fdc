/** A worker thread that waits for deadlines 10 ms apart and reports by how many microseconds it missed each. */
import { parentPort, workerData } from 'node:worker_threads';
import { monotonicMicros } from '../../../src/platform/linux/clock.js';
import { openPoller } from '../../../src/platform/linux/poller.js';
import { requestRealtime, type Scheduling } from '../../../src/platform/linux/scheduling.js';

export interface LatenessReport {
  readonly policy: Scheduling['policy'] | 'untouched';
  readonly micros: Float64Array;
}

const period = 10_000;
const { deadlines, raised } = workerData as { deadlines: number; raised: boolean };
const policy = raised ? requestRealtime().policy : 'untouched';
const poller = openPoller();
const micros = new Float64Array(deadlines);
let next = monotonicMicros() + period;
for (let n = 0; n < deadlines; n++) {
  for (let now = monotonicMicros(); now < next; now = monotonicMicros()) poller.wait(next - now);
  micros[n] = monotonicMicros() - next;
  next += period;
  while (next < monotonicMicros()) next += period;
}
parentPort!.postMessage({ policy, micros } satisfies LatenessReport);
