/** A worker thread that lives the worlds of one seed for a number of node-hours, and reports what became of them. */
import { parentPort, workerData } from 'node:worker_threads';
import { simulate } from './simulate.js';

export interface Share {
  readonly seed: string;
  readonly hours: number;
}

export interface ShareReport {
  readonly nodeHours: number;
  readonly worlds: number;
  readonly transitions: ReadonlyMap<string, number>;
  readonly failed?: { readonly seed: string; readonly violation: { readonly message: string } };
}

const { seed, hours } = workerData as Share;
const { failed, nodeHours, worlds, transitions } = simulate(seed, (summary) => summary.nodeHours >= hours);
const report: ShareReport = {
  nodeHours,
  worlds,
  transitions,
  ...(failed?.violation === undefined
    ? {}
    : { failed: { seed: failed.seed, violation: { message: failed.violation.message } } }),
};
parentPort!.postMessage(report);
