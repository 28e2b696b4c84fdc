/**
 * Memory that the agent has and no longer needs. Taking in groups leaves megabytes that are free but still this process's; the start, which is
 * over once the first groups have been taken in, leaves garbage and pages of files as well.
 */
import { forgetFilePages } from '../platform/linux/file-pages.js';
import { mallocTrim } from '../platform/linux/sys.js';

/** How long after the last change of groups: what a takeover of new groups takes is over by then. */
const quietMs = 6_000;

export interface SpareMemory {
  /** Groups have been taken in: memory is given back once no others have come for a while. */
  giveBackSoon(): void;
  stop(): void;
}

/** How memory is given back. */
export interface GivingBack {
  /** Collects this thread's garbage. */
  collect(): void;
  forgetFilePages(): void;
  trim(): void;
}

const ofThisProcess: GivingBack = {
  collect: () => globalThis.gc?.(), // there with `--expose-gc`, which the program's first line and the image have
  forgetFilePages,
  trim: mallocTrim,
};

/** @param after calls back after so many milliseconds; what it returns takes that back */
export function createSpareMemory(
  after: (ms: number, callback: () => void) => () => void,
  ways: GivingBack = ofThisProcess,
): SpareMemory {
  let started = false;
  let cancel = () => {};
  return {
    giveBackSoon() {
      cancel();
      cancel = after(quietMs, () => {
        if (!started) {
          started = true;
          ways.collect();
          ways.forgetFilePages();
        }
        ways.trim();
      });
    },
    stop: () => cancel(),
  };
}
