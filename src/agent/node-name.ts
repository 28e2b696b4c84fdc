/** Whether the groups know this node, in words for whoever gave it a name that they do not: pure. */
import type { VipGroup } from '../api/vip-group.js';

/** Names shown; more are only counted. */
const mostNames = 12;

/** The node names of the groups when this node's is not among them; undefined when it is, or there is no group. */
export function namesWithout(node: string, groups: Iterable<VipGroup>): readonly string[] | undefined {
  const names = new Set<string>();
  for (const { spec } of groups) for (const member of spec.members) names.add(member.node);
  return names.size === 0 || names.has(node) ? undefined : [...names].sort();
}

/** What to do about it. @param byHand whether somebody wrote the groups, and the name, by hand */
export function unnamedText(node: string, names: readonly string[], byHand: boolean): string {
  const shown = names.slice(0, mostNames).join(', ');
  const list = names.length > mostNames ? `${shown} and ${names.length - mostNames} more` : shown;
  const fact = `no group names node ${node}: the groups name ${list}`;
  if (!byHand) return fact;
  return `${fact}. Start the agent with --node-name (or NODE_NAME) as one of these, or add "node: ${node}" to spec.members of a manifest`;
}
