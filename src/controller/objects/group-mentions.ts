/** Of which agents a VipGroup speaks, and what of it others show: pure. */
import { seerOf, type VipGroup } from '../../api/vip-group.js';

/** Every node of whose agent a group says something, or expects something. */
export function nodesSpokenOf(groups: Iterable<VipGroup>): ReadonlySet<string> {
  const nodes = new Set<string>();
  for (const { spec, status } of groups) {
    for (const { node } of spec.members) nodes.add(node);
    for (const { node } of status?.members ?? []) nodes.add(node);
    if (status?.holder !== undefined) nodes.add(status.holder);
    for (const { message } of status?.conditions ?? []) {
      const seer = seerOf(message);
      if (seer !== undefined) nodes.add(seer);
    }
  }
  return nodes;
}

/** Whether a group says something of a node's agent, or expects something. */
export function speaksOf({ spec, status }: VipGroup, node: string): boolean {
  return (
    status?.holder === node ||
    spec.members.some((member) => member.node === node) ||
    status?.members?.some((member) => member.node === node) === true ||
    status?.conditions?.some(({ message }) => seerOf(message) === node) === true
  );
}

/** What of a group the status of its Eip shows. */
export function shownOf(group: VipGroup | undefined): unknown {
  const { holder, reason, members } = group?.status ?? {};
  if (holder !== undefined) return [holder, group?.status?.notHeld];
  return [reason, members?.map(({ node, state, message }) => [node, state, message])];
}
