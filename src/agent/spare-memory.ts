/**
 * Memory that the agent has and no longer needs. Taking in groups leaves megabytes that are free but still this process's. The start leaves
 * more: garbage, and pages of Node's own program, most of them of its compilers.
 */
import { forgetPages, programMappings } from '../platform/linux/file-pages.js';
import { mallocTrim } from '../platform/linux/sys.js';
import { collectAll } from '../platform/v8/collect-all.js';

/** How long after the last change of groups: what a takeover of new groups takes is over by then. */
const quietMs = 6_000;
/** How long after the first groups: the engine has been compiled by then, which takes half of the pages. */
const startMs = 45_000;

export interface SpareMemory {
  /** Groups have been taken in: memory is given back once no others have come for a while. */
  giveBackSoon(): void;
  stop(): void;
}

/** How memory is given back. */
export interface GivingBack {
  /** Collects this thread's garbage, and code that only the start needed. */
  collect(): void;
  forgetPages(): void;
  trim(): void;
}

/** To be called before there are other threads: asking where the pages are holds them up, and their mappings go with them. */
function ofThisProcess(): GivingBack {
  const program = programMappings();
  return {
    collect: collectAll,
    forgetPages: () => forgetPages(program),
    trim: mallocTrim,
  };
}

/** @param after calls back after so many milliseconds; what it returns takes that back */
export function createSpareMemory(
  after: (ms: number, callback: () => void) => () => void,
  ways: GivingBack = ofThisProcess(),
): SpareMemory {
  let cancelStart: (() => void) | undefined;
  let cancelTrim = () => {};

  function giveBackStart(): void {
    ways.collect();
    ways.forgetPages();
    ways.trim();
  }

  return {
    giveBackSoon() {
      cancelStart ??= after(startMs, giveBackStart);
      cancelTrim();
      cancelTrim = after(quietMs, ways.trim);
    },
    stop() {
      cancelStart?.();
      cancelTrim();
    },
  };
}
