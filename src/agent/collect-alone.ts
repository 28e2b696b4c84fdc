/**
 * Garbage collection that does not wait for helper threads.
 *
 * The engine's thread runs at real-time priority; V8's helper threads, shared by the whole process, do not. On a busy machine a collection that
 * waits for its helpers makes the engine wait for whoever keeps them from running: 20 ms and more were seen, which at 10 ms adverts is a
 * failover. The engine's heap is small: collecting it alone takes well under a millisecond.
 */
import { setFlagsFromString } from 'node:v8';

/**
 * To be called before a thread is started that must not wait for others; threads of before are affected as well. Only scavenges, which are
 * nearly all of the engine's collections, can be changed in a running process: how the old generation is marked is settled when a heap is
 * made, and V8 ends the process when a flag then disagrees. That is settled by `--single-threaded-gc`, which the program's first line and
 * the image have. Node's `--v8-pool-size=0` would not do: it means as many helpers as the node has cores, and one at least.
 */
export function collectAlone(): void {
  setFlagsFromString('--no-parallel-scavenge');
}
