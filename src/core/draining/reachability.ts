/**
 * Whether the node of a former leader lives: its kernel answers for its own address (ARP, neighbour discovery), whatever became of the agent.
 * It is asked for as long as segments may be handed to it, so that clients of a dead one are told within a second.
 */
import { type Micros, never } from '../time.js';

/** How often it is asked. */
export const askEvery: Micros = 25_000;
/**
 * How many questions may stay without an answer. Who has fallen silent already is why the address moved: clients wait for nothing then but to be told.
 * Who was heard of is given more time: it may be a virtual machine that is moved, or busy.
 */
export const patience = { unheard: 8, heard: 32 } as const;
/** For how long one that leads and fell silent is asked, so that as much is known of its node when somebody else leads: longer than that takes. */
export const doubtedFor: Micros = 2_000_000;
/**
 * For how long who was taken for dead is asked on, and taken back when it answers: it only stood still, and knows its connections. No machine
 * starts anew within that; one that did knows none, and its kernel would be silent about them until kube-proxy is there.
 */
export const takesBackFor: Micros = 5_000_000;
/** How often it is asked meanwhile. */
export const askMissedEvery: Micros = 100_000;

export interface Reachability {
  /** Whether it was heard of since, or when, it ceased to lead. */
  readonly heard: boolean;
  /** Questions since the last answer. */
  readonly unanswered: number;
  readonly askAt: Micros;
}

/** @param heard whether it was heard of when it ceased to lead: it resigned, or another one outranked it */
export function newReachability(now: Micros, heard: boolean): Reachability {
  return { heard, unanswered: 0, askAt: now };
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
