// Owns: control groups for programs that are measured, of version 1 or 2.
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ControlGroups {
  /**
   * Makes a group and starts a program in it: this process is in it until `start` has resolved, and its children stay.
   * @param prepare is given the group's folder before that
   */
  start<T>(
    name: string,
    start: () => T | Promise<T>,
    prepare?: (folder: string) => void,
  ): Promise<{ readonly folder: string; readonly started: T }>;
  /** Removes them. What was in them must have ended. */
  remove(): void;
}

/** @param controller `memory` or `cpu`; a version 2 has all of them in one place */
export function controlGroups(controller: 'memory' | 'cpu'): ControlGroups {
  const root = rootOf(controller);
  const own = new RegExp(`^\\d+:(?:[\\w,]*\\b${controller}\\b[\\w,]*)?:(.*)$`, 'm');
  const home = join(root, own.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '/');
  const move = (folder: string) => writeFileSync(join(folder, 'cgroup.procs'), String(process.pid));
  const folders: string[] = [];
  return {
    async start(name, start, prepare = () => {}) {
      const folder = join(root, `openelb-${process.pid}-${name}`);
      mkdirSync(folder);
      folders.push(folder);
      prepare(folder);
      move(folder);
      try {
        return { folder, started: await start() };
      } finally {
        move(home);
      }
    },
    remove() {
      for (const folder of folders) rmdirSync(folder);
    },
  };
}

/**
 * Gives a group the share of the processors that a Pod with this request has.
 * @param millicores as `requests.cpu` of a container has them: 1000 are one core
 */
export function request(folder: string, millicores: number): void {
  // As the kubelet has it: pkg/kubelet/cm/helpers_linux.go, and its conversion to version 2 by KEP-2254.
  const shares = Math.max(2, Math.floor((millicores * 1024) / 1000));
  if (existsSync(join(folder, 'cpu.shares'))) writeFileSync(join(folder, 'cpu.shares'), String(shares));
  else writeFileSync(join(folder, 'cpu.weight'), String(1 + Math.floor(((shares - 2) * 9999) / 262142)));
}

function rootOf(controller: string): string {
  const ofVersion1 = join('/sys/fs/cgroup', controller);
  return existsSync(ofVersion1) ? ofVersion1 : '/sys/fs/cgroup';
}
