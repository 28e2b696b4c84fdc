/**
 * Garbage collection without helper threads.
 *
 * The engine's thread runs at real-time priority; V8's helper threads, shared by the whole process, do not. On a busy machine a collection that
 * waits for its helpers makes the engine wait for whoever keeps them from running: 20 ms and more were seen, which at 10 ms adverts is a
 * failover. The engine's heap is small: collecting it alone takes well under a millisecond.
 */
import { setFlagsFromString } from 'node:v8';

/** What V8's `--single-threaded-gc` stands for; as implications of a flag are worked out only when V8 starts, each is named. */
const flags = [
  '--no-parallel-scavenge',
  '--no-parallel-marking',
  '--no-concurrent-marking',
  '--no-concurrent-sweeping',
  '--no-parallel-compaction',
  '--no-parallel-pointer-update',
  '--no-concurrent-array-buffer-sweeping',
];

/** To be called before a thread is started that must not wait for others; threads of before are affected as well. */
export function collectAlone(): void {
  for (const flag of flags) setFlagsFromString(flag);
}
