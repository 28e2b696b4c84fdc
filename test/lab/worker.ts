import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Starts a worker thread from a module, compiled or not: Node 20 does not hand a TypeScript loader on to worker threads, so an
 * uncompiled one registers it first.
 */
export function startWorker(url: URL, options: WorkerOptions): Worker {
  if (!url.pathname.endsWith('.ts')) return new Worker(url, options);
  const bootstrap = `import('tsx/esm/api').then((tsx) => { tsx.register(); return import(${JSON.stringify(url.href)}); });`;
  return new Worker(bootstrap, { ...options, eval: true });
}

/** A module beside another one (`import.meta.url` of it), by its name without an extension. */
export function moduleBeside(url: string, name: string): URL {
  return new URL(`./${name}${url.endsWith('.ts') ? '.ts' : '.js'}`, url);
}
