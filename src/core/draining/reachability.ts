/**
 * Whether the node of a former leader lives: its kernel answers for its own address (ARP, neighbour discovery), whatever became of the agent.
 * It is asked for as long as segments may be handed to it, so that clients of a dead one are told within a second.
 */
import { type Micros, never } from '../time.js';

/** How often it is asked. */
export const askEvery: Micros = 25_000;
/**
 * How many questions may stay without an answer. Who has not answered yet may be why the address moved: clients wait for nothing then but to be told. Who
 * has is given more time: it may be a virtual machine that is moved.
 */
export const patience = { unheard: 8, heard: 20 } as const;

export interface Reachability {
  readonly heard: boolean;
  /** Questions since the last answer. */
  readonly unanswered: number;
  readonly askAt: Micros;
}

export function newReachability(now: Micros): Reachability {
  return { heard: false, unanswered: 0, askAt: now };
}

export function answered(reachability: Reachability): Reachability {
  return { ...reachability, heard: true, unanswered: 0 };
}

/**
 * What to do at `now`, after the answers that had come were given: ask, or, when it is `dead`, nothing any more. Early calls change nothing.
 *
 * @param hears whether an answer could have been heard since the last call: not while this node's own link is down, nor when frames were lost
 */
export function due(
  reachability: Reachability,
  now: Micros,
  hears: boolean,
): { readonly reachability: Reachability; readonly what?: 'ask' | 'dead' } {
  if (now < reachability.askAt) return { reachability };
  if (!hears) return { reachability: { ...reachability, unanswered: 1, askAt: now + askEvery }, what: 'ask' };
  const most = reachability.heard ? patience.heard : patience.unheard;
  if (reachability.unanswered >= most) return { reachability: { ...reachability, askAt: never }, what: 'dead' };
  return {
    reachability: { ...reachability, unanswered: reachability.unanswered + 1, askAt: now + askEvery },
    what: 'ask',
  };
}
