import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { eventually } from '../eventually.js';
import type { Host } from '../host.js';
import type { Process } from '../process.js';

/** The folder of a router's configuration, sockets and process ids: below the lab's, so gone with it. */
export function routerFolder(labFolder: string, host: Host, kind: string): string {
  const folder = `${labFolder}/${host.name}-${kind}`;
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Only root may read it: it may hold a password, and OpenBGPD takes no other. */
export function writeConfiguration(file: string, lines: readonly string[]): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${lines.join('\n')}\n`);
  chmodSync(file, 0o600);
  return file;
}

/**
 * Starts a daemon in the foreground on a host. What it would leave in the machine's /run and /var/tmp goes to a file system of its own
 * that ends with it: `ip netns exec` gives each process mounts of its own.
 * @param home a folder below /run that the daemon wants to exist
 */
export function startDaemon(
  host: Host,
  title: string,
  command: string,
  args: readonly string[],
  home?: { readonly folder: string; readonly owner: string },
): Process {
  const prepare = [
    ...['/run', '/var/tmp'].map((folder) => `mount -t tmpfs -o mode=1777 tmpfs ${folder}`),
    ...(home === undefined ? [] : [`install -d -m 755 -o ${home.owner} ${home.folder}`]),
    'exec "$0" "$@"',
  ];
  return host.start(title, 'sh', ['-ec', prepare.join('\n'), command, ...args]);
}

/** Waits until a daemon answers. @throws Error with what it said when it does not, or has ended */
export async function answering<T>(daemon: Process, ask: () => Promise<T>): Promise<void> {
  await eventually(
    `${daemon.title} to answer`,
    async () => {
      if (!daemon.running()) return 'ended';
      await ask();
      return true;
    },
    { withinMs: 20_000, onTimeout: daemon.log },
  );
  if (!daemon.running()) throw new Error(`${daemon.title} ended right after its start: ${daemon.log()}`);
}

/** Resident memory of a process, in bytes. @throws Error when there is no such process */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}

/** Ends processes by SIGTERM, the last started first, and waits for them. */
export async function stopAll(processes: readonly Process[]): Promise<void> {
  for (const process of processes.toReversed()) {
    if (!process.running()) continue;
    process.signal('SIGTERM');
    await process.exited;
  }
}
