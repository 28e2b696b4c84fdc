import type { BfdState } from '../wire/bfd.js';
import type { TransitionReason } from './contract.js';

/**
 * What a client such as a BGP session makes of a change (RFC 5882 3.2, 3.3, 4.1, 4.2).
 *
 * - `alive`: the path works, and will be watched from now on.
 * - `failed`: the path worked and does not any more: act as if the neighbour were gone.
 * - `unwatched`: BFD was switched off on one side, or its other side has begun anew, as FRR's does with each new BGP session. Nothing is known
 *   about the path any more, and nothing is wrong with it.
 */
export type Meaning = 'alive' | 'failed' | 'unwatched';

const unwatching: readonly TransitionReason[] = ['admin-down', 'neighbor-admin-down', 'neighbor-restarted'];

/**
 * The meaning of a transition to the client; undefined when there is none. Only a session that was Up can fail, so a neighbour without BFD
 * is no fault, nor is a handshake that comes to nothing.
 */
export function meaningOf(transition: {
  readonly from: BfdState;
  readonly to: BfdState;
  readonly reason: TransitionReason;
}): Meaning | undefined {
  if (transition.to === 'Up') return 'alive';
  if (transition.from !== 'Up') return undefined;
  return unwatching.includes(transition.reason) ? 'unwatched' : 'failed';
}
