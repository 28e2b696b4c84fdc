import { readFileSync } from 'node:fs';
import { monotonicMicros } from '../../platform/linux/clock.js';
import { openNftables } from '../../platform/linux/nftables/nftables.js';
import { openRtnetlink, type Rtnetlink } from '../../platform/linux/rtnetlink.js';
import { createAsker } from './asker.js';
import type { DrainingKernel } from './turn.js';

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
    },
    asker: createAsker(),
  };
}
