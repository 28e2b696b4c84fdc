/** What the controller counts, for metrics and health. */
import type { WorkQueueStats } from '../platform/kubernetes/work-queue.js';
import type { Context } from './context/context.js';
import type { HolderEvents } from './events/holder-events.js';
import type { Agents } from './liveness/agents.js';

export interface ControllerStats {
  /** Absent while it does not lead. */
  readonly queue?: WorkQueueStats;
  readonly pools: readonly PoolStats[];
  /** Services of ours that have less than they want. */
  readonly waiting: number;
  readonly holderEvents: ReturnType<HolderEvents['stats']>;
  readonly agents: ReturnType<Agents['counts']>;
  /** How often something was wrong with an object of a kind. */
  readonly faulty: ReadonlyMap<string, number>;
  /** MetalLB's kinds, and why what is known of one may be out of date; undefined: it is not. */
  readonly metallb: ReadonlyMap<string, string | undefined>;
}

export interface PoolStats {
  readonly eip: string;
  readonly size: number;
  readonly used: number;
  /** Addresses in use that no node announces, as far as is known: no virtual router ID, no node, no agent. */
  readonly unannounced: number;
}

type Known = Pick<Context, 'world' | 'assignments' | 'standings' | 'unplaced'>;

export function poolStats(c: Known): readonly PoolStats[] {
  return c.world.pools().map(({ name, ranges }) => ({
    eip: name,
    size: Number(ranges.reduce((sum, { first, last }) => sum + last - first + 1n, 0n)),
    used: Number(c.assignments.ledger.usage(ranges)),
    unannounced: unannounced(c, name),
  }));
}

function unannounced({ world, standings, unplaced }: Known, eip: string): number {
  let count = unplaced.get(eip)?.length ?? 0;
  for (const group of world.vipGroups.list()) {
    if (group.spec.eip !== eip || group.spec.addresses.length === 0) continue;
    if (standings.of(group).by === 'nobody') count += group.spec.addresses.length;
  }
  return count;
}
