/** Who led a VipGroup and is no member of it any more: pure. */
import { type FormerMember, mostFormerMembers, type VipGroup, type VipGroupStatus } from './vip-group.js';

type Member = NonNullable<VipGroupStatus['members']>[number];

/** What is left of a member's entry. @param leftAt RFC 3339. @returns undefined of one that never led */
export function formerMember(
  { node, address, history }: Pick<Member, 'node' | 'address' | 'history'>,
  leftAt: string,
): FormerMember | undefined {
  if (history == null || history.length === 0) return undefined;
  return { node, leftAt, ...(address === undefined ? {} : { address }), history };
}

/**
 * With those that have just left, without those that are members again and have said so themselves, which says what they did before; of
 * the rest those that left last. The same list when that is all of it.
 *
 * @param members what the status says of members
 */
export function keptFormerMembers(
  spec: VipGroup['spec'],
  members: readonly Member[],
  former: readonly FormerMember[],
  left: readonly FormerMember[],
): readonly FormerMember[] {
  if (former.length + left.length === 0) return former;
  const isMember = new Set(spec.members.map(({ node }) => node));
  const isOver = new Set(members.flatMap(({ node }) => (isMember.has(node) ? [node] : [])));
  for (const { node } of left) isOver.add(node);
  const all = [...former.filter(({ node }) => !isOver.has(node)), ...left];
  const last = new Set([...all].sort((a, b) => (a.leftAt < b.leftAt ? 1 : -1)).slice(0, mostFormerMembers));
  const kept = all.filter((each) => last.has(each));
  return kept.length === former.length && left.length === 0 ? former : kept;
}
