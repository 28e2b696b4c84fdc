/** What the leading controller says by one Lease of the agents that have answered it (`asking`): for who has not asked. */
import type { Metadata } from './metadata.js';

/** The Lease by which the leading controller says whom it hears, for who has not asked. */
export const heardLeaseName = 'openelb-heard';
export const heardLeaseLabels: Readonly<Record<string, string>> = { 'openelb.io/heartbeat': 'heard' };

/** Annotation on that: by how many milliseconds clocks of nodes are ahead of the controller's, of those that are off: `n1=2400,n2=-9000`. */
export const leaseClocks = 'openelb.io/clocks';

/** Clocks that are less far off are not spoken of, in milliseconds: an answer takes some time. */
const leastOffMs = 1_000;

/** The Leases of agents, and that one. */
export const heartbeatSelector = 'openelb.io/heartbeat in (agent,heard)';

/** Annotation on that: the nodes whose agents have answered in the last round, as in `n1,n2`. */
export const leaseHeard = 'openelb.io/heard';

/** The nodes that the leading controller hears, as it says in that Lease; undefined for any other. */
export function nodesHeard({ metadata }: { readonly metadata: Metadata }): readonly string[] | undefined {
  if (metadata.name !== heardLeaseName) return undefined;
  const text: unknown = metadata.annotations?.[leaseHeard];
  return typeof text !== 'string' || text === '' ? [] : text.split(',');
}

/** @param aheadMs by node */
export function formatClocks(aheadMs: Iterable<readonly [node: string, aheadMs: number]>): string {
  return [...aheadMs]
    .flatMap(([node, ms]) => (Math.abs(ms) < leastOffMs ? [] : [`${node}=${Math.round(ms)}`]))
    .join(',');
}

/** By how many milliseconds the clock of each node is ahead of the controller's that is heard, by that Lease; undefined for any other. */
export function clocksHeard(lease: { readonly metadata: Metadata }): ReadonlyMap<string, number> | undefined {
  const nodes = nodesHeard(lease);
  if (nodes === undefined) return undefined;
  const clocks = new Map(nodes.map((node) => [node, 0]));
  const text: unknown = lease.metadata.annotations?.[leaseClocks];
  for (const each of typeof text === 'string' ? text.split(',') : []) {
    const [, node, ms] = /^(.+)=(-?\d{1,15})$/.exec(each) ?? [];
    if (node !== undefined && clocks.has(node)) clocks.set(node, Number(ms));
  }
  return clocks;
}
