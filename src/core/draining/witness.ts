/**
 * Whether the node of a former leader lives: its kernel answers for its own address (ARP, neighbour discovery), whatever became of the agent.
 * It is asked for as long as segments may be handed to it, so that clients of a dead one are told within a second.
 */
import { type Micros, never } from '../time.js';

/** How often it is asked, and how many questions may stay without an answer. */
export const askEvery: Micros = 100_000;
export const patience = 5;

export interface Witness {
  /** Questions since the last answer. */
  readonly unanswered: number;
  readonly askAt: Micros;
}

export function newWitness(now: Micros): Witness {
  return { unanswered: 0, askAt: now };
}

export function answered(witness: Witness): Witness {
  return witness.unanswered === 0 ? witness : { ...witness, unanswered: 0 };
}

/** What to do at `now`, after the answers that had come were given: ask, or, when it is `dead`, nothing any more. Early calls change nothing. */
export function due(witness: Witness, now: Micros): { readonly witness: Witness; readonly what?: 'ask' | 'dead' } {
  if (now < witness.askAt) return { witness };
  if (witness.unanswered >= patience) return { witness: { ...witness, askAt: never }, what: 'dead' };
  return { witness: { unanswered: witness.unanswered + 1, askAt: now + askEvery }, what: 'ask' };
}
