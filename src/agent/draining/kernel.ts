import { closeSync, openSync, readSync } from 'node:fs';
import { access, stat, unlink, utimes } from 'node:fs/promises';
import { monotonicMicros } from '../../platform/linux/clock.js';
import { openNftables } from '../../platform/linux/nftables/nftables.js';
import { openRtnetlink, type Rtnetlink } from '../../platform/linux/rtnetlink.js';
import { readSmallFile } from '../../platform/linux/small-file.js';
import { describeError, type Logger } from '../../platform/observability/log.js';
import type { DrainingKernel } from './contract.js';
import { type DrainingMemory, holdsForMs } from './drainer.js';
import { bootId, parseMemory, saveMemory } from './memory.js';
import { createNeighborProbe } from './neighbor-probe.js';

/** The kernel of this node. Nothing is opened before it is used. */
export function drainingKernel(): DrainingKernel {
  let opened: Rtnetlink | undefined;
  const rtnetlink = () => {
    opened ??= openRtnetlink();
    return opened;
  };
  return {
    now: monotonicMicros,
    openNftables: () => openNftables(),
    node: {
      read: beginningOf,
      hasInterface: (name) => rtnetlink().link({ name }) !== undefined,
    },
    rtnetlink: {
      neighborMac: (neighbor) => rtnetlink().neighborMac(neighbor),
      useNeighbor: (neighbor) => rtnetlink().useNeighbor(neighbor),
      routeTo: (address, interfaceIndex) => rtnetlink().routeTo(address, interfaceIndex),
    },
    macOf: (nic) => rtnetlink().link({ index: nic })?.mac,
    hasLink: (nic) => rtnetlink().link({ index: nic })?.running === true,
    probe: createNeighborProbe(),
  };
}

/** As much as is judged: the kernel's list of services for IPVS may be megabytes long. */
const beginning = 4_096;

/** Of a file of the kernel; empty where there is none. */
function beginningOf(path: string): string {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const bytes = Buffer.alloc(beginning);
    return bytes.toString('utf8', 0, readSync(file, bytes));
  } catch {
    return '';
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Four leaders of 10 000 addresses are some 2 MB. */
const mostBytes = 16 << 20;

/** What is remembered in a file. */
export function drainingMemory(path: string, log: Pick<Logger, 'warn'>): DrainingMemory {
  return {
    async load(now) {
      try {
        const { mtimeMs } = await stat(path);
        const text = (await readSmallFile(path, mostBytes)).toString('utf8');
        // So long ago there was an agent: who led then may have ended at any time since.
        const away = Math.max(0, Date.now() - mtimeMs - holdsForMs);
        return parseMemory(text, bootId(), now - away * 1_000);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
          log.warn('who led addresses is not known any more', { file: path, reason: describeError(error) });
        return new Map();
      }
    },
    save: (histories) => saveMemory(path, bootId(), histories),
    async holds() {
      const now = new Date();
      await utimes(path, now, now);
    },
    async forget() {
      try {
        await access(path); // of a file that is not there, a file system that is read-only says that it is read-only
        await unlink(path);
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        return false;
      }
    },
  };
}
