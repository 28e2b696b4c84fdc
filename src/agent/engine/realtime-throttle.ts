/**
 * A thread with real-time priority that never rests takes a core from everybody, the kernel's own workers included. The engine rests
 * many times a second even when it is busy; if it has not for seconds, something is wrong (a flood, a fault of ours), and it must not take
 * the node down with it.
 */
import type { Micros } from '../../core/time.js';

/** Far longer than any work of the engine, a thousand addresses included. */
const patience: Micros = 2_000_000;
/** How long it must have rested now and again before it is trusted with priority anew. */
const probation: Micros = 10_000_000;

export interface Throttle {
  /** Since when the engine has not rested. */
  readonly busySince: Micros;
  /** When it lost its priority; undefined while it has it. */
  readonly throttledAt: Micros | undefined;
}

export type Verdict = 'as-before' | 'give-up-priority' | 'regain-priority';

/** Judges one round of the loop. @param rests whether the engine is about to wait */
export function throttle(state: Throttle, rests: boolean, now: Micros): { state: Throttle; verdict: Verdict } {
  const { busySince, throttledAt } = state;
  if (!rests) {
    if (throttledAt !== undefined) return { state: { busySince, throttledAt: now }, verdict: 'as-before' };
    if (now - busySince <= patience) return { state, verdict: 'as-before' };
    return { state: { busySince, throttledAt: now }, verdict: 'give-up-priority' };
  }
  if (throttledAt === undefined || now - throttledAt <= probation)
    return { state: { busySince: now, throttledAt }, verdict: 'as-before' };
  return { state: { busySince: now, throttledAt: undefined }, verdict: 'regain-priority' };
}
