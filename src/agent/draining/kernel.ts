import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { monotonicMicros } from '../../platform/linux/clock.js';
import { openNftables } from '../../platform/linux/nftables/nftables.js';
import { openRtnetlink, type Rtnetlink } from '../../platform/linux/rtnetlink.js';
import { describeError, type Logger } from '../../platform/observability/log.js';
import { createAsker } from './asker.js';
import type { DrainingKernel } from './contract.js';
import type { DrainingMemory } from './desk.js';
import { bootId, parseMemory, saveMemory } from './memory.js';

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
    asker: createAsker(),
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

/** What is remembered in a file. */
export function drainingMemory(path: string, log: Pick<Logger, 'warn'>): DrainingMemory {
  return {
    load(now) {
      try {
        return parseMemory(readFileSync(path, 'utf8'), bootId(), now);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
          log.warn('who led addresses is not known any more', { file: path, reason: describeError(error) });
        return new Map();
      }
    },
    save: (histories) => saveMemory(path, bootId(), histories),
  };
}
