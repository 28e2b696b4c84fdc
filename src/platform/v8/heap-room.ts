/**
 * Gives this thread's heap room to grow in before V8 marks it again.
 *
 * V8 begins to mark when a heap has grown by so much since it was collected last, and does it in pieces, as objects are made. A heap of a
 * start is just about that large: the first takeover began it and paid for it, with 11 to 15 ms in 150 pieces where it takes 9 without.
 * Collected now, it may grow by 8 MB until then, and not by 2, as `--optimize-for-size` has it for the other threads.
 */
import { setFlagsFromString } from 'node:v8';

/** V8's own; it is read at the end of each collection. Other threads collect, if at all, once meanwhile. */
const small = 'optimize-for-size';

/** Takes some 10 ms with a heap of 8 MB. Does nothing without `--expose-gc`, which the program's first line and the image have. */
export function makeHeapRoom(): void {
  const collect = globalThis.gc as ((how: object) => void) | undefined;
  if (collect === undefined) return;
  setFlagsFromString(`--no-${small}`);
  collect({ type: 'major', execution: 'sync' });
  setFlagsFromString(`--${small}`);
}
