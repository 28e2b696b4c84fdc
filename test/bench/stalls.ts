import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/tools/project-root.js';
import type { Host } from '../lab/host.js';

/** A time in which a core ran nothing, not even what goes before everything else. Instants in milliseconds since 1970. */
export interface Stall {
  readonly core: number;
  readonly from: number;
  readonly until: number;
}

/** Watches every core until the lab is closed. What it saw, of at least so many milliseconds; grows. */
export function watchStalls(host: Host, leastMs: number): readonly Stall[] {
  const stalls: Stall[] = [];
  const program = join(projectRoot(), 'test/bench/programs/watch-stalls.cjs');
  for (let core = 0; core < availableParallelism(); core += 1) {
    // Single-threaded: else V8's helpers run at that priority as well, and are what makes the others stand still.
    const command = [
      '-c',
      String(core),
      'chrt',
      '-f',
      '90',
      process.execPath,
      '--single-threaded',
      program,
      String(leastMs),
    ];
    host
      .start(`watch${core}`, 'taskset', command)
      .onLine((line) => stalls.push({ core, ...(JSON.parse(line) as { from: number; until: number }) }));
  }
  return stalls;
}

export function stallText({ core, from, until }: Stall): string {
  return `${new Date(from).toISOString()} core ${core} stands still for ${(until - from).toFixed(1)} ms`;
}
