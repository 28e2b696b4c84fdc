// Owns: the source as text, for what stands nowhere else than in it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../tools/project-root.js';

export interface Source {
  /** From the root: `src/agent/agent-metrics.ts`. */
  readonly path: string;
  readonly text: string;
}

/** Every file of TypeScript in a folder, by path. */
export function sourcesIn(folder: string): readonly Source[] {
  const names = readdirSync(join(projectRoot(), folder), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => join(folder, name))
    .map((path) => ({ path, text: readFileSync(join(projectRoot(), path), 'utf8') }));
}

export function textOf(path: string): string {
  return readFileSync(join(projectRoot(), path), 'utf8');
}
