/** Who may succeed a leader. */
import { equalOctets } from '../../../core/wire/octets.js';
import type { GroupConfig } from '../messages.js';

/**
 * The highest priority that another member can have which is not the one that leads at `leader`; 0 without another. Undefined where checks
 * may change priorities: then nobody knows of the others'.
 */
export function bestSuccessor(
  { weighs, peers, peerPriorities, absentUpTo }: GroupConfig,
  leader: Uint8Array,
): number | undefined {
  if (weighs === true) return undefined;
  return Math.max(absentUpTo, ...peerPriorities.filter((_, index) => !equalOctets(peers[index]!, leader)));
}
