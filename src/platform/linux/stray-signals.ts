/**
 * Signals whose default is to end or stop a process, and that nobody who means that sends: resource limits, a failing power supply,
 * timers, and the real-time ones, by which keepalived is asked for more (`keepalived --signum=JSON`). Node takes no real-time signal, so
 * they are ignored by the kernel. Programs that are started afterwards ignore the real-time ones as well.
 *
 * Source: signal(7), whose numbers here are those of x64 and arm64.
 */
import { check } from './errno.js';
import { ignoreSignal } from './sys.js';

/**
 * SIGALRM, SIGSTKFLT, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGIO, SIGPWR; and those that stop a job in the background of a terminal when
 * it reads from it, SIGTTIN, or writes its log to it after `stty tostop`, SIGTTOU.
 */
const standard = [14, 16, 21, 22, 24, 25, 26, 27, 29, 30] as const;
/** SIGRTMIN of glibc. To musl it is one of its own, and stays so: nobody else sends that one. */
const firstRealTime = 34;
const lastRealTime = 64;

export function ignoreStraySignals(): void {
  for (const number of standard) check(ignoreSignal(number), 'ignore', `signal ${number}`);
  for (let number = firstRealTime; number <= lastRealTime; number++) ignoreSignal(number);
}
