/**
 * Waiting for descriptors and for a deadline in one ppoll(2) call.
 *
 * Owns: the poll set and the order of callbacks. Refuses to know: what the descriptors are.
 *
 * Why not libuv: the engine's thread never returns to the event loop. A libuv timer has millisecond resolution and fires
 * up to 1 ms early; a libuv poll handle dies for good when its interface goes down (POLLERR) and crashes the process at
 * exit when it is still open in a worker. ppoll() has none of that: nanosecond timeouts on an hrtimer (see
 * scheduling.ts for the timer slack), level-triggered readiness that survives errors, and no handle to leak.
 *
 * A callback must read its descriptor until nothing is left; that also takes a pending socket error off it, without which
 * POLLERR would be reported for ever.
 *
 * Source: ppoll(2), poll.h.
 */
import type { Micros } from '../../core/time.js';
import { LinuxError } from './errno.js';
import { ppoll } from './sys.js';

const POLLIN = 0x001;
const POLLOUT = 0x004;
const POLLNVAL = 0x020;
const EINTR = 4;
/** A wait never lasts longer: the process can end, and a resume from suspend is noticed, within this time. */
const longestWait: Micros = 1_000_000;

export interface Poller {
  /** Calls `onReady` from wait() whenever `fd` is readable or has an error. One callback per descriptor. */
  add(fd: number, onReady: () => void): void;
  /** Whether `onReady` of a descriptor is called when it can be written to, too, or made a connection. At first it is not. */
  watchWritable(fd: number, watched: boolean): void;
  /** Forgets `fd`; harmless when it is unknown. Allowed inside a callback, also for a descriptor that is ready too. */
  remove(fd: number): void;
  /**
   * Waits until a descriptor is ready, `timeout` microseconds have passed, a signal arrived, or one second is over,
   * whichever is first; then runs the callbacks of what is ready. A timeout of 0 or less looks once and returns.
   * Early returns are normal: compare with the clock before acting.
   *
   * @returns whether a descriptor was ready
   */
  wait(timeout: Micros): boolean;
  /** Forgets everything; the descriptors stay open, they are the callers'. */
  close(): void;
}

interface Entry {
  readonly fd: number;
  readonly onReady: () => void;
  events: number;
  live: boolean;
}

/** Opens an empty poller. Nothing is allocated per wait() unless the set changed since the last one. */
export function openPoller(): Poller {
  const entries = new Map<number, Entry>();
  const timespec = new Uint8Array(16);
  const timespecWords = new Uint32Array(timespec.buffer);
  let polled: Entry[] = [];
  let fds = new Int32Array(0); // struct pollfd { int fd; short events; short revents } as two ints
  let revents = new Int16Array(fds.buffer);
  let bytes = new Uint8Array(fds.buffer);
  let stale = false;

  function rebuild(): void {
    polled = [...entries.values()];
    fds = new Int32Array(polled.length * 2);
    revents = new Int16Array(fds.buffer);
    bytes = new Uint8Array(fds.buffer);
    polled.forEach((entry, i) => {
      fds[2 * i] = entry.fd;
      revents[4 * i + 2] = entry.events;
    });
    stale = false;
  }

  return {
    add(fd, onReady) {
      if (entries.has(fd)) throw new Error(`poller: descriptor ${fd} is already in the set`);
      entries.set(fd, { fd, onReady, events: POLLIN, live: true });
      stale = true;
    },
    watchWritable(fd, watched) {
      const entry = entries.get(fd);
      const events = watched ? POLLIN | POLLOUT : POLLIN;
      if (entry === undefined || entry.events === events) return;
      entry.events = events;
      stale = true;
    },
    remove(fd) {
      const entry = entries.get(fd);
      if (entry === undefined) return;
      entry.live = false;
      entries.delete(fd);
      stale = true;
    },
    wait(timeout) {
      if (stale) rebuild();
      const bounded = Math.min(Math.max(timeout, 0), longestWait);
      timespecWords[0] = Math.floor(bounded / 1e6);
      timespecWords[2] = Math.floor((bounded % 1e6) * 1e3);
      const ready = ppoll(bytes, polled.length, timespec);
      if (ready === -EINTR) return false;
      if (ready < 0)
        throw new LinuxError({ errno: -ready, operation: 'ppoll', object: `${polled.length} descriptors` });
      const now = polled; // a callback may change the set; what this call reported stays what it was
      const what = revents;
      for (let i = 0, left = ready; left > 0 && i < now.length; i++) {
        const event = what[4 * i + 3]!;
        if (event === 0) continue;
        left--;
        const entry = now[i]!;
        if (!entry.live) continue;
        if ((event & POLLNVAL) !== 0)
          throw new Error(`poller: descriptor ${entry.fd} was closed before it was removed`);
        entry.onReady();
      }
      return ready > 0;
    },
    close() {
      for (const entry of entries.values()) entry.live = false;
      entries.clear();
      stale = true;
    },
  };
}
