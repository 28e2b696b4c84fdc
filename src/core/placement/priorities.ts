/**
 * The priority of each rank in a group. Skew Time is (256 - priority) / 256 of the advertisement interval (RFC 9568 section
 * 6.1), so backups 20 apart time out 8 % of an interval apart and do not become Active together.
 */
import type { Member } from './group.js';

const highest = 254; // 255 belongs to an owner of the addresses (RFC 9568 section 6.1)
const wideGap = 20;

/** How many ranks stand 20 apart: 254, 234, … 114. */
const wideRanks = 8;

/** Ranks beyond this have no priority: 254, 234, … 114, then 113, 112, … 1. */
export const maxMembers = wideRanks + highest - wideGap * (wideRanks - 1) - 1;

/** Members with priorities, for nodes in the order of their ranks; nodes beyond `maxMembers` are left out. */
export function ranked(nodes: readonly string[]): readonly Member[] {
  return nodes.slice(0, maxMembers).map((node, rank) => ({ node, priority: priorityOf(rank) }));
}

function priorityOf(rank: number): number {
  if (rank < wideRanks) return highest - wideGap * rank;
  return highest - wideGap * (wideRanks - 1) - (rank - wideRanks + 1);
}
