/**
 * Collects the garbage of this thread with the code that only a start needed, and gives the memory back.
 *
 * V8 drops the bytecode of functions that have not run for some collections of old objects, and a program at rest has hardly any of those. It
 * leaves the rest spread over pages that it then keeps. A function that is called later after all is compiled again, which takes part of a
 * millisecond: this is for threads on which nobody waits, or that have only started.
 */
import { setFlagsFromString } from 'node:v8';

/** V8's own for its tests; both are read at each collection. Other threads collect, if at all, once or twice meanwhile. */
const thorough = ['stress-flush-code', 'compact-on-every-full-gc'];

/** Takes tens of milliseconds with a heap of ten megabytes. Does nothing without `--expose-gc`, which the program's first line and the image have. */
export function collectAll(): void {
  const collect = globalThis.gc as ((how?: object) => void) | undefined;
  if (collect === undefined) return;
  for (const flag of thorough) setFlagsFromString(`--${flag}`);
  collect();
  // Only the last resort gives the pages back that the first one emptied. Node.js 20 knows none and collects young objects.
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  for (const flag of thorough) setFlagsFromString(`--no-${flag}`);
}
