/**
 * Asking the kernel to run the calling thread before others.
 *
 * Owns: the order of what is tried. Real-time round robin first (with RESET_ON_FORK, so that a child process does not
 * inherit it), nice -20 where that is refused, else nothing; and in every case the smallest timer slack, because
 * the default of 50 us would be added to each ppoll() timeout. Never mlockall(): V8 gives memory back with madvise() calls that
 * fail on locked pages, and aborts.
 *
 * Source: sched(7), sched_setscheduler(2), setpriority(2) (Linux: acts on one thread), prctl(2) PR_SET_TIMERSLACK.
 */
import { errnoName } from './errno.js';
import { gettid, prctl, schedSetscheduler, setpriority } from './sys.js';

const SCHED_OTHER = 0;
const SCHED_RR = 2;
const SCHED_RESET_ON_FORK = 0x40000000;
const PRIO_PROCESS = 0;
const PR_SET_TIMERSLACK = 29;
const timerSlackNanoseconds = 1_000;
/** Above ordinary work, below the kernel's own real-time threads (50 and up). */
const realtimePriority = 10;

export interface Scheduling {
  readonly policy: 'SCHED_RR' | 'nice' | 'normal';
  /** Why nothing better was granted; absent for SCHED_RR. */
  readonly reason?: string;
}

/** Raises the calling thread as far as it may. Never throws: a lower policy is a result, with the reason. */
export function requestRealtime(): Scheduling {
  prctl(PR_SET_TIMERSLACK, timerSlackNanoseconds);
  const tid = gettid();
  if (tid < 0) return { policy: 'normal', reason: `no thread id on ${process.arch}` };
  const param = new Uint8Array(Int32Array.of(realtimePriority).buffer);
  const realtime = schedSetscheduler(tid, SCHED_RR | SCHED_RESET_ON_FORK, param);
  if (realtime === 0) return { policy: 'SCHED_RR' };
  const refusal = `SCHED_RR: ${errnoName(realtime)} (needs the capability SYS_NICE and no real-time group limit)`;
  const nice = setpriority(PRIO_PROCESS, tid, -20);
  if (nice === 0) return { policy: 'nice', reason: refusal };
  return { policy: 'normal', reason: `${refusal}; nice -20: ${errnoName(nice)}` };
}

/** Takes the calling thread back to ordinary scheduling; what it cannot take back stays as it is. */
export function giveUpRealtime(): void {
  const tid = gettid();
  if (tid < 0) return;
  schedSetscheduler(tid, SCHED_OTHER, new Uint8Array(Int32Array.of(0).buffer));
  setpriority(PRIO_PROCESS, tid, 0);
}
