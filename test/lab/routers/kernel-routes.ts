import { wallClockOffset } from '../clock.js';
import { eventually } from '../eventually.js';
import type { Host } from '../host.js';

/** A route of a kernel's main table that a routing program has put there. */
export interface KernelRoute {
  /** Such as `192.0.2.1/32`. */
  readonly prefix: string;
  /** Where packets go, sorted; several with ECMP. */
  readonly gateways: readonly string[];
  /** Which program: `bgp` (FRR), `bird`. */
  readonly protocol: string;
}

const ofTheKernelItself = ['kernel', 'boot', 'static', 'ra'];

/** What routing programs have put into a host's main table, both families. */
export async function kernelRoutes(host: Pick<Host, 'run'>): Promise<readonly KernelRoute[]> {
  const listed = await Promise.all(
    ['-4', '-6'].map(async (family) => JSON.parse((await host.run('ip', [family, '-j', 'route'])) || '[]') as Listed[]),
  );
  return listed
    .flat()
    .filter(({ protocol, dst }) => dst !== undefined && protocol !== undefined && !ofTheKernelItself.includes(protocol))
    .map(({ dst, protocol, nexthops, ...single }) => ({
      prefix: withLength(dst),
      protocol: protocol as string,
      gateways: (nexthops ?? [single]).map(({ gateway, via }) => gateway ?? via?.host ?? 'none').toSorted(),
    }));
}

/** Where packets to a prefix go; empty when there is no route. */
export async function gatewaysOf(host: Pick<Host, 'run'>, prefix: string): Promise<readonly string[]> {
  return (await kernelRoutes(host)).find((route) => route.prefix === prefix)?.gateways ?? [];
}

/** Waits until packets to a prefix go to exactly these gateways; none for no route. */
export async function eventuallyGateways(
  host: Pick<Host, 'name' | 'run'>,
  prefix: string,
  gateways: readonly string[],
  o: { withinMs?: number } = {},
): Promise<void> {
  const wanted = gateways.toSorted().join(' ');
  let seen = '';
  await eventually(
    `${host.name}: a route to ${prefix} through ${wanted || 'nobody'}`,
    async () => {
      seen = (await gatewaysOf(host, prefix)).join(' ');
      return seen === wanted;
    },
    { everyMs: 50, onTimeout: () => `it goes through ${seen || 'nobody'}`, ...o },
  );
}

/** One change of a kernel's routes. */
export interface RouteEvent {
  /** When `ip monitor` read it, by the clock of clock.ts. */
  readonly at: number;
  readonly deleted: boolean;
  readonly prefix: string;
  /** The line as `ip monitor` printed it. */
  readonly text: string;
}

/** Watches the routes of a host from now on. */
export interface RouteMonitor {
  readonly host: Host;
  readonly events: readonly RouteEvent[];
  /** Forgets what came so far. */
  clear(): void;
  stop(): Promise<void>;
}

/** @param prefixes only of these; all when absent */
export async function watchRoutes(host: Host, prefixes?: readonly string[]): Promise<RouteMonitor> {
  const events: RouteEvent[] = [];
  const offset = wallClockOffset();
  // 10 000 routes come in a fraction of a second; what did not fit into the socket would be lost.
  const args = ['-ts', '-o', '-rcvbuf', String(32 << 20), 'monitor', 'route'];
  const process = host.start('routes', 'ip', args, { TZ: 'UTC' });
  let ready = false;
  process.onLine((line) => {
    const [, at = '', change = ''] = /^\[(.+?)\] ?(.*)$/.exec(line) ?? [];
    const deleted = change.startsWith('Deleted ');
    const [first = '', second = ''] = change.slice(deleted ? 8 : 0).split(/\s+/);
    const kind = ['local', 'broadcast', 'anycast', 'multicast', 'unreachable', 'blackhole'].includes(first);
    const prefix = withLength(kind ? second : first);
    if (prefix === probe) ready = true;
    else if (prefixes?.includes(prefix) ?? true)
      events.push({
        at: microsOf(at) + offset,
        deleted,
        prefix,
        text: change,
      });
  });
  await eventually('ip monitor to listen', async () => {
    // The same route once more would be no event.
    await host.run('ip', ['route', 'add', 'blackhole', probe]);
    await host.run('ip', ['route', 'delete', 'blackhole', probe]);
    return ready;
  });
  return {
    host,
    events,
    clear: () => void events.splice(0),
    stop: async () => {
      process.signal('SIGTERM');
      await process.exited;
    },
  };
}

/** Of no other use: its coming and going says that the monitor listens. */
const probe = '240.77.77.77/32';

interface Hop {
  readonly gateway?: string;
  /** A gateway of the other family. */
  readonly via?: { readonly host: string };
}

interface Listed extends Hop {
  readonly dst: string;
  readonly protocol?: string;
  readonly nexthops?: readonly Hop[];
}

function withLength(destination: string): string {
  if (destination === 'default' || destination.includes('/')) return destination;
  return `${destination}/${destination.includes(':') ? 128 : 32}`;
}

/** Microseconds since the epoch of a timestamp of `ip -ts`, with TZ=UTC. */
export function microsOf(timestamp: string): number {
  return Date.parse(`${timestamp.slice(0, 23)}Z`) * 1000 + Number(timestamp.slice(23));
}
