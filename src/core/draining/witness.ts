/**
 * Whether the node of a former leader lives: its kernel answers for its own address (ARP, neighbour discovery), whatever became of the agent.
 * It is asked for as long as segments may be handed to it, so that clients of a dead one are told within a second.
 */
import { type Micros, never } from '../time.js';

/** How often it is asked. */
export const askEvery: Micros = 50_000;
/**
 * How many questions may stay without an answer. Who has not answered yet may be why the address moved: clients wait for nothing then but to be told. Who
 * has is given more time: it may be a virtual machine that is moved.
 */
export const patience = { unheard: 4, heard: 10 } as const;

export interface Witness {
  readonly heard: boolean;
  /** Questions since the last answer. */
  readonly unanswered: number;
  readonly askAt: Micros;
}

export function newWitness(now: Micros): Witness {
  return { heard: false, unanswered: 0, askAt: now };
}

export function answered(witness: Witness): Witness {
  return { ...witness, heard: true, unanswered: 0 };
}

/** What to do at `now`, after the answers that had come were given: ask, or, when it is `dead`, nothing any more. Early calls change nothing. */
export function due(witness: Witness, now: Micros): { readonly witness: Witness; readonly what?: 'ask' | 'dead' } {
  if (now < witness.askAt) return { witness };
  const most = witness.heard ? patience.heard : patience.unheard;
  if (witness.unanswered >= most) return { witness: { ...witness, askAt: never }, what: 'dead' };
  return { witness: { ...witness, unanswered: witness.unanswered + 1, askAt: now + askEvery }, what: 'ask' };
}
