/**
 * Settings under /proc/sys/net, changed for as long as this program needs them.
 *
 * Owns: the memory of what they were, also across a life that is killed. Reads and writes happen in the calling thread's network namespace.
 * In a container that is not privileged /proc/sys is read-only; what can be changed in another way is changed in that way then.
 *
 * Source: Documentation/networking/ip-sysctl.rst.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { SettingChange, SysctlJournal } from './sysctl-journal.js';

export interface Sysctls {
  /** The value of `path` below /proc/sys/net, such as `ipv4/conf/eth0/arp_ignore`; undefined when there is no such setting. */
  get(path: string): string | undefined;
  /** Sets it, remembering the value it had before the first change. False when the setting is absent or refused. */
  set(path: string, value: string): boolean;
  /** Sets what goes with an interface of our own, and is not to be put back. False as with `set`. */
  setOwn(path: string, value: string): boolean;
  /** Puts back everything that was changed by `set`, last first. Settings that went with their interface are skipped. */
  restore(): void;
  /** Puts back what an earlier life left changed, and nobody has changed since; says what that was. To be called before `set`. */
  restoreLeftovers(): readonly string[];
}

/**
 * @param journal where changes are noted before they are made; without one a killed life leaves them behind
 * @param onProblem hears why the journal cannot be written, once; settings are changed all the same
 * @param otherwise sets what /proc/sys does not let be written, where there is a way; see `sysctl-by-rtnetlink.ts`
 */
export function openSysctls(
  journal?: SysctlJournal,
  onProblem: (error: Error) => void = () => {},
  otherwise: (path: string, value: string) => void = () => {},
): Sysctls {
  const changes = new Map<string, SettingChange>();
  let told = false;

  function get(path: string): string | undefined {
    try {
      return readFileSync(`/proc/sys/net/${path}`, 'utf8').trim();
    } catch {
      return undefined;
    }
  }

  function write(path: string, value: string): boolean {
    try {
      writeFileSync(`/proc/sys/net/${path}`, value);
      return true;
    } catch {
      otherwise(path, value);
      return get(path) === value;
    }
  }

  function note(): void {
    try {
      journal?.write([...changes.values()]);
    } catch (error) {
      if (!told) onProblem(error as Error);
      told = true;
    }
  }

  return {
    get,
    set(path, value) {
      const was = get(path);
      if (was === undefined) return false;
      if (was === value) return true;
      const known = changes.get(path);
      changes.set(path, { path, before: known?.before ?? was, after: value });
      note();
      if (write(path, value)) return true;
      if (known === undefined) changes.delete(path);
      else changes.set(path, known);
      note();
      return false;
    },
    setOwn: write,
    restore() {
      for (const { path, before } of [...changes.values()].reverse()) write(path, before);
      changes.clear();
      note();
    },
    restoreLeftovers() {
      const left = (journal?.read() ?? []).filter(({ path, after }) => get(path) === after);
      const restored = [...left].reverse().filter(({ path, before }) => write(path, before));
      note();
      return restored.map(({ path, before }) => `${path}=${before}`);
    },
  };
}
