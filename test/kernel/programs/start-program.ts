import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Starts a worker thread from a program of this folder, compiled or not: Node 20 does not hand a TypeScript loader on to worker
 * threads, so an uncompiled one registers it first.
 */
export function startProgram(name: string, options: WorkerOptions): Worker {
  const url = programUrl(name);
  if (!url.pathname.endsWith('.ts')) return new Worker(url, options);
  const bootstrap = `import('tsx/esm/api').then((tsx) => { tsx.register(); return import(${JSON.stringify(url.href)}); });`;
  return new Worker(bootstrap, { ...options, eval: true });
}

/** Where a program of this folder is. */
export function programUrl(name: string): URL {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  return new URL(`./${name}${extension}`, import.meta.url);
}
