import { type Micros, never } from '../../src/core/time.js';

/** Virtual time: a binary heap of what is to happen, that of one instant in the order in which it was planned. */
export interface Scheduler {
  readonly now: Micros;
  /** How much has happened. */
  readonly count: number;
  /** Calls `happen(argument)` at the instant `at`, or now if that has passed; not at all if it is `never`. */
  plan<T>(at: Micros, happen: (argument: T) => void, argument: T): void;
  /** Lets everything happen that is planned up to `end`, and what that plans in turn. */
  runUntil(end: Micros): void;
}

interface Entry {
  readonly at: Micros;
  readonly order: number;
  readonly happen: (argument: never) => void;
  readonly argument: unknown;
}

export function createScheduler(): Scheduler {
  const heap: Entry[] = [];
  let now: Micros = 0;
  let planned = 0;
  let count = 0;
  return {
    get now() {
      return now;
    },
    get count() {
      return count;
    },
    plan(at, happen, argument) {
      if (at === never) return;
      push(heap, { at: at > now ? at : now, order: planned, happen, argument });
      planned += 1;
    },
    runUntil(end) {
      for (let first = heap[0]; first && first.at <= end; first = heap[0]) {
        now = first.at;
        count += 1;
        pop(heap);
        first.happen(first.argument as never);
      }
      now = end;
    },
  };
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

function push(heap: Entry[], entry: Entry): void {
  let at = heap.length;
  heap.push(entry);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isBefore(entry, heap[parent]!)) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = entry;
}

function pop(heap: Entry[]): void {
  const entry = heap.pop()!;
  const { length } = heap;
  if (length === 0) return;
  let at = 0;
  for (let child = 1; child < length; child = 2 * at + 1) {
    if (child + 1 < length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
    if (!isBefore(heap[child]!, entry)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = entry;
}
