import { readFileSync } from 'node:fs';
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
      read(path) {
        try {
          return readFileSync(path, 'utf8');
        } catch {
          return '';
        }
      },
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
