/** Which nodes announce addresses only when no other can: they stay members of their groups, so that an address is never without. */
import type { Node } from '../objects/builtin-objects.js';

/**
 * Why a node is one of last resort; undefined for an ordinary one. A node that says nothing of being Ready is not waited for: its
 * agent takes part when it runs. Source: Kubernetes' Node, `spec.unschedulable` and the condition Ready.
 */
export function lastResort(node: Node | undefined): 'NotReady' | 'Cordoned' | undefined {
  const ready = node?.status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready !== undefined && ready.status !== 'True') return 'NotReady';
  return node?.spec?.unschedulable === true ? 'Cordoned' : undefined;
}
