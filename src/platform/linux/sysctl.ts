/**
 * Settings under /proc/sys/net, changed for as long as this program needs them.
 *
 * Owns: the memory of what they were. Reads and writes happen in the calling thread's network namespace.
 *
 * Source: Documentation/networking/ip-sysctl.rst.
 */
import { readFileSync, writeFileSync } from 'node:fs';

export interface Sysctls {
  /** The value of `path` below /proc/sys/net, such as `ipv4/conf/eth0/arp_ignore`; undefined when there is no such setting. */
  get(path: string): string | undefined;
  /** Sets it, remembering the value it had before the first change. False when the setting is absent or refused. */
  set(path: string, value: string): boolean;
  /** Puts back everything that was changed, last first. Settings that went with their interface are skipped. */
  restore(): void;
}

/** Remembers nothing yet. */
export function openSysctls(): Sysctls {
  const before = new Map<string, string>();

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
      return false;
    }
  }

  return {
    get,
    set(path, value) {
      const was = get(path);
      if (was === undefined) return false;
      if (was === value) return true;
      if (!write(path, value)) return false;
      if (!before.has(path)) before.set(path, was);
      return true;
    },
    restore() {
      for (const [path, value] of [...before].reverse()) write(path, value);
      before.clear();
    },
  };
}
