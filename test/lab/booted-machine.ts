import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { run } from './command.js';
import { eventually } from './eventually.js';
import { type Process, startProcess } from './process.js';

/** A machine that systemd runs, with this machine's files as they are and a NIC of its own. */
export interface BootedMachine {
  /** Runs a command there, as root. Rejects when it fails. */
  run(command: string, ...args: string[]): Promise<string>;
  /** A path of its files, as this machine has it. */
  path(inside: string): string;
  write(inside: string, contents: string | Uint8Array): void;
  /** What it is, in the words of `systemctl show`. */
  property(unit: string, name: string): Promise<string>;
  end(): Promise<void>;
}

/** @param address of its NIC eth0, with the prefix length */
export async function bootMachine(name: string, address: string): Promise<BootedMachine> {
  const folder = mkdtempSync(join(tmpdir(), 'openelb-vip-machine-'));
  const boot = startProcess({
    title: name,
    log: `${folder}.log`,
    command: join(projectRoot(), 'test/lab/programs/boot.sh'),
    args: [folder, name, address],
  });
  const end = async () => {
    boot.signal('SIGKILL');
    await boot.exited;
    await removeCgroups(`${name}-${boot.pid}`);
    rmSync(folder, { recursive: true, force: true });
    rmSync(`${folder}.log`, { force: true });
  };
  try {
    const pid = await eventually('systemd to be started', () => firstProcess(boot), {
      withinMs: 60_000,
      onTimeout: boot.log,
    });
    const inside = (command: string, ...args: string[]) =>
      run('nsenter', ['--target', String(pid), '--all', '--root', '--wd', command, ...args]);
    await eventually(
      'systemd to run',
      async () => (await inside('systemctl', 'is-active', 'lab.target')) === 'active',
      {
        everyMs: 100,
        onTimeout: boot.log,
      },
    );
    const path = (each: string) => join(`/proc/${pid}/root`, each);
    return {
      run: inside,
      path,
      write: (each, contents) => writeFileSync(path(each), contents),
      property: (unit, property) => inside('systemctl', 'show', unit, '--value', '--property', property),
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }

  /** systemd, once it has its own root. */
  function firstProcess({ pid }: Process): number | undefined {
    if (!boot.running()) throw new Error(`the machine has ended: ${boot.log()}`);
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    if (!/^\d+$/.test(children)) return undefined;
    return readFileSync(`/proc/${children}/comm`, 'utf8') === 'systemd\n' ? Number(children) : undefined;
  }
}

/** Those that systemd made, which are empty now, with that of the machine. They may be busy for a moment yet. */
async function removeCgroups(group: string): Promise<void> {
  const places = ['/sys/fs/cgroup/unified', '/sys/fs/cgroup'].map((place) => join(place, group));
  for (const place of places.filter((each) => existsSync(each)))
    await eventually('its control groups to be gone', async () => {
      await run('find', [place, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', '+']);
      return !existsSync(place);
    });
}
