/** While groups are kept that somebody deleted: looks whether a controller lives, and whether they were made anew for other nodes. */
import type { VipGroup } from '../../api/vip-group.js';
import { leases } from '../../platform/kubernetes/builtin-resources.js';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import type { Clock } from '../../platform/kubernetes/clock.js';
import { type Lease, readLease } from '../../platform/kubernetes/lease-record.js';
import type { Resource } from '../../platform/kubernetes/resource.js';
import { endKeeping, isNoConcern, type KeptGroups, type LeaseSeen } from './kept-groups.js';

/** Between two looks, in milliseconds, and up to so much more by chance: many agents look at the same time. */
const lookEveryMs = 2_000;
const spreadMs = 1_000;

/** The Lease by which controllers lead. */
const leaseName = 'openelb-controller';

export interface KeptWatch {
  /** There may be something to look after. */
  look(): void;
  stop(): void;
}

interface WatchOptions {
  readonly client: ApiClient;
  readonly node: string;
  readonly namespace: string;
  readonly resource: Resource;
  readonly clock: Clock;
  readonly state: KeptGroups;
  readonly onEnded: (names: readonly string[]) => void;
}

export function watchKept(o: WatchOptions): KeptWatch {
  let cancel: (() => void) | undefined;
  let stopped = false;
  const look = () => {
    if (stopped || cancel !== undefined || o.state.kept.size === 0) return;
    const delayMs = lookEveryMs + o.clock.random() * spreadMs;
    cancel = o.clock.after(delayMs, async () => {
      const ended = o.state.kept.size === 0 ? [] : await lookAfter(o);
      cancel = undefined;
      if (stopped) return;
      o.onEnded(ended);
      look();
    });
  };
  return {
    look,
    stop() {
      stopped = true;
      cancel?.();
    },
  };
}

/** @returns the groups that are kept no more. Never rejects */
async function lookAfter(o: WatchOptions): Promise<readonly string[]> {
  const { state, clock } = o;
  const lease = await controllersLease(o);
  const elsewhere: string[] = [];
  for (const [name, { successor }] of state.kept)
    if (successor === undefined && (await isForOthers(o, name)) && state.kept.has(name)) {
      isNoConcern(state, name);
      elsewhere.push(name);
    }
  return [...elsewhere, ...endKeeping(state, lease, clock.now())];
}

async function controllersLease({ client, namespace }: WatchOptions): Promise<LeaseSeen> {
  try {
    const lease = await client.get<Lease>(leases, `${namespace}/${leaseName}`);
    return lease === undefined ? 'absent' : readLease(lease);
  } catch {
    return 'unknown'; // out of reach, or without the right to read it: the longest time counts
  }
}

/** Whether it was made anew without this node, of which no watch of this node's groups says anything. */
async function isForOthers({ client, resource, node }: WatchOptions, name: string): Promise<boolean> {
  try {
    const group = await client.get<VipGroup>(resource, name);
    const members: unknown = group?.spec?.members;
    return Array.isArray(members) && !members.some((each) => (each as { node?: unknown } | null)?.node === node);
  } catch {
    return false; // asked again
  }
}
