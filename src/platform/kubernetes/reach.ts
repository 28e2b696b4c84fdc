import { type Clock, pause } from './clock.js';

/**
 * Owns: what those who talk to one server tell each other of it: that it answers. Who waits longer and longer for a server that is away
 * learns so at once that it is back.
 */

export interface Reach {
  /** How often the server has answered anybody, with whatever. */
  answers: number;
  readonly waiting: Set<() => void>;
}

export function newReach(): Reach {
  return { answers: 0, waiting: new Set() };
}

/** The server has answered. */
export function answered(reach: Reach): void {
  reach.answers += 1;
  for (const wake of reach.waiting) wake();
}

/** Resolves after `ms` milliseconds, when `signal` aborts, or, with true, when the server answers anybody; never rejects. */
export async function untilAnswered(reach: Reach, clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  const before = reach.answers;
  const waking = new AbortController();
  const wake = () => waking.abort();
  reach.waiting.add(wake);
  try {
    await pause(clock, ms, AbortSignal.any([signal, waking.signal]));
  } finally {
    reach.waiting.delete(wake);
  }
  return reach.answers !== before && !signal.aborted;
}
