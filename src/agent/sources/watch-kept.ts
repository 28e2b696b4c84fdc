/** While groups are kept that somebody deleted: looks whether a controller lives, and whether they were made anew for other nodes. */
import type { VipGroup } from '../../api/vip-group.js';
import { leases } from '../../platform/kubernetes/builtin-resources.js';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import type { Clock } from '../../platform/kubernetes/clock.js';
import { type Lease, readLease } from '../../platform/kubernetes/lease-record.js';
import { pathOf, type Resource } from '../../platform/kubernetes/resource.js';
import { type Ended, endKeeping, isNoConcern, type KeptGroups, type LeaseSeen } from './kept-groups.js';

/** So many groups are asked for in one look, one after the other; the next look goes on with the others. */
const askedAtOnce = 20;
/** How long such a question may take, in milliseconds. */
const timeoutMs = 2_000;
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
  readonly onEnded: (ended: readonly Ended[]) => void;
}

export function watchKept(o: WatchOptions): KeptWatch {
  let cancel: (() => void) | undefined;
  let stopped = false;
  /** Those that were asked for, in this round of all that are kept. */
  const asked = new Set<string>();
  const look = () => {
    if (stopped || cancel !== undefined || o.state.kept.size === 0) return;
    const delayMs = lookEveryMs + o.clock.random() * spreadMs;
    cancel = o.clock.after(delayMs, async () => {
      const ended = o.state.kept.size === 0 ? [] : await lookAfter(o, asked, () => stopped);
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
async function lookAfter(o: WatchOptions, asked: Set<string>, isStopped: () => boolean): Promise<readonly Ended[]> {
  const { state, clock } = o;
  const askedAt = clock.now();
  const lease = await controllersLease(o);
  const ended = [...endKeeping(state, { lease, askedAt, now: clock.now() })];
  for (const name of nextToAsk(state, asked)) {
    if (isStopped()) return ended;
    asked.add(name);
    if (!(await isForOthers(o, name)) || !state.kept.has(name)) continue;
    isNoConcern(state, name);
    ended.push({ name, why: 'it was made anew without this node' });
  }
  return ended;
}

/** Each in turn: of very many some are asked for at a time. */
function nextToAsk({ kept }: KeptGroups, asked: Set<string>): readonly string[] {
  const unknown = [...kept].flatMap(([name, { successor }]) => (successor === undefined ? [name] : []));
  const left = unknown.filter((name) => !asked.has(name));
  if (left.length > 0) return left.slice(0, askedAtOnce);
  asked.clear();
  return unknown.slice(0, askedAtOnce);
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
    const group = await client.request<VipGroup>({ method: 'GET', path: pathOf(resource, { name }), timeoutMs });
    const members: unknown = group?.spec?.members;
    return Array.isArray(members) && !members.some((each) => (each as { node?: unknown } | null)?.node === node);
  } catch {
    return false; // asked again
  }
}
