/**
 * What settings were before this program changed them, on disk, for a life that ends without putting them back.
 *
 * It holds for one boot of the kernel: a later one has its settings from elsewhere. That is also why it is not forced to the disk.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export interface SettingChange {
  /** Below /proc/sys/net. */
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

export interface SysctlJournal {
  /** The changes of an earlier life in this boot, oldest first; none when there is no journal that can be read. */
  read(): readonly SettingChange[];
  /** Keeps these in place of those before; none removes the file. Throws the system's error. */
  write(changes: readonly SettingChange[]): void;
}

const bootIdPath = '/proc/sys/kernel/random/boot_id';

/** @param bootId names the present boot; a test gives its own */
export function openSysctlJournal(path: string, bootId = readFileSync(bootIdPath, 'utf8').trim()): SysctlJournal {
  return {
    read() {
      try {
        const { boot, changes } = JSON.parse(readFileSync(path, 'utf8')) as { boot?: unknown; changes?: unknown };
        return boot === bootId && Array.isArray(changes) ? changes.filter(isChange) : [];
      } catch {
        return []; // none, or damaged: nothing is known then
      }
    },
    write(changes) {
      if (changes.length === 0) {
        rmSync(path, { force: true });
        return;
      }
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(`${path}.new`, `${JSON.stringify({ boot: bootId, changes })}\n`, { mode: 0o600 });
      renameSync(`${path}.new`, path);
    },
  };
}

/** Nothing else is written below /proc, whatever the file says. */
function isChange(value: unknown): value is SettingChange {
  const { path, before, after } = (value ?? {}) as Partial<Record<keyof SettingChange, unknown>>;
  return (
    typeof path === 'string' &&
    /^ipv[46]\/conf\/[^/]+\/[a-z_]+$/.test(path) &&
    !path.includes('..') &&
    typeof before === 'string' &&
    typeof after === 'string'
  );
}
