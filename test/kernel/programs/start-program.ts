import type { Worker, WorkerOptions } from 'node:worker_threads';
import { moduleBeside, startWorker } from '../../lab/worker.js';

/** Starts a worker thread from a program of this folder. */
export function startProgram(name: string, options: WorkerOptions): Worker {
  return startWorker(programUrl(name), options);
}

/** Where a program of this folder is. */
export function programUrl(name: string): URL {
  return moduleBeside(import.meta.url, name);
}
