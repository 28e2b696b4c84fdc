/** How routers are left when the agent is told to stop: pure. */
import type { Farewell } from '../engine/routing/contract.js';
import type { NodeView } from '../sources/node-view.js';

/** What is known of the DaemonSet that runs the agent; undefined: nothing, or nobody asked. */
export type DaemonSetState = 'stays' | 'goes' | undefined;

const reasons = { Cordoned: 'cordoned', Excluded: 'excluded from load balancers', Deleted: 'being deleted' } as const;

/**
 * A node that is taken out of service, or loses the agent for good, is left by its traffic first. Otherwise another agent is on its way:
 * routers keep the routes meanwhile, as long as they were told they may. Where nothing is known that is assumed: traffic that still
 * comes is still forwarded, and the routes end by themselves if no agent comes.
 */
export function farewellFor(node: string, leaving: NodeView['leaving'], daemonSet: DaemonSetState): Farewell {
  if (leaving !== undefined) return { how: 'drain', text: `node ${node} is ${reasons[leaving]}` };
  if (daemonSet === 'goes') return { how: 'drain', text: `openelb-vip is removed from node ${node}` };
  return { how: 'restart' };
}
