import { readFileSync, statSync } from 'node:fs';
import { wallClockOffset } from '../lab/clock.js';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { microsOf } from '../lab/routers/kernel-routes.js';

/**
 * The changes of a host's routes in a file. `watchRoutes` reads each line as it comes; of 10 000 lines that takes a share of the machine
 * that speaker and router then lack.
 */
export interface RouteLog {
  /** Forgets what came so far. */
  clear(): void;
  /** How many changes came since. */
  count(): number;
  /** When `ip monitor` read the last of them, by the clock of clock.ts; undefined when there is none. */
  last(): number | undefined;
  stop(): Promise<void>;
}

export async function logRoutes(host: Host, file: string): Promise<RouteLog> {
  // What did not fit into its socket would be lost.
  const monitor = ['ip', '-ts', '-o', '-rcvbuf', String(32 << 20), 'monitor', 'route'];
  const process = host.start('route log', 'sh', ['-c', `exec "$@" > ${file}`, 'sh', ...monitor], { TZ: 'UTC' });
  const offset = wallClockOffset();
  let from = 0;
  /** Whole ones. */
  const lines = () => readFileSync(file).subarray(from).toString('latin1').split('\n').slice(0, -1);
  await eventually('ip monitor to listen', async () => {
    await host.run('ip', ['route', 'add', 'blackhole', probe]);
    await host.run('ip', ['route', 'delete', 'blackhole', probe]);
    return statSync(file).size > 0;
  });
  return {
    clear() {
      from = statSync(file).size;
    },
    count: () => lines().length,
    last() {
      const [, at] = /^\[(.+?)\]/.exec(lines().at(-1) ?? '') ?? [];
      return at === undefined ? undefined : microsOf(at) + offset;
    },
    async stop() {
      process.signal('SIGTERM');
      await process.exited;
    },
  };
}

/** Of no other use: its coming and going says that the monitor listens. */
const probe = '240.77.77.77/32';
