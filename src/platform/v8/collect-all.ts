/**
 * Collects the garbage of this thread, and the code that a start has left.
 *
 * V8 drops the bytecode of a function that has not run for some collections of old objects, and a program at rest has few of those: an agent kept
 * 1.4 MB of code of its start, of which it needs 0.3. A function that is called later after all is compiled again, which takes part of a
 * millisecond. So this is for threads on which nobody waits.
 */
import { setFlagsFromString } from 'node:v8';

/** After how many collections code goes: V8's own number (`node --v8-options`; 5 in Node.js 20, 6 in 24), and the least there is. */
const usualAge = 6;
const leastAge = 1;

/** Takes tens of milliseconds with a heap of ten megabytes. Does nothing without `--expose-gc`, which the program's first line and the image have. */
export function collectAll(): void {
  const { gc } = globalThis;
  if (gc === undefined) return;
  // The flag is read at each collection. Other threads, which keep what they have compiled, collect nothing in these few milliseconds.
  setFlagsFromString(`--bytecode-old-age=${leastAge}`);
  gc();
  gc();
  setFlagsFromString(`--bytecode-old-age=${usualAge}`);
}
