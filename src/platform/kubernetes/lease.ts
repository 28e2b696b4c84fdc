import { leases } from './builtin-resources.js';
import { type Cache, startCache } from './cache.js';
import type { ApiClient } from './client.js';
import { campaign, seen } from './lease/campaign.js';
import { type ElectionOptions, newElectionState } from './lease/state.js';
import { isLeading, release } from './lease/term.js';
import { type Lease, readLease } from './lease-record.js';

export type { ElectionOptions };

/**
 * Owns: being the one of several processes that leads, by a Lease.
 * Refuses to know: what leading means.
 * Source: client-go tools/leaderelection; every write is a PUT with the resourceVersion that was read, so of two that try
 * at once one gets a 409. Deviations: candidates also watch the Lease, so that one given back is taken at once; a
 * leader that sees another's claim stops at once instead of at its deadline; what it writes goes past a fence.
 */

export interface Election {
  isLeader(): boolean;
  /** Who leads as far as we have seen; undefined when nobody does. */
  leader(): string | undefined;
  /** Stops the leader's work, gives the lease back, ends the election. Never rejects. */
  release(): Promise<void>;
}

/** @throws Error where the times do not fit each other */
export function runElection(client: ApiClient, o: ElectionOptions): Election {
  const state = newElectionState(client, o);
  const watcher: Cache<Lease> = startCache<Lease>(state.own, leases, {
    namespace: o.namespace,
    fieldSelector: `metadata.name=${o.name}`,
    clock: state.clock,
    admit: (object) => ({ object: readLease(object) }),
    onChange: (_key, lease) => seen(state, lease, watcher.lastList().history),
  });
  state.running = campaign(state).then(watcher.stop);
  return {
    isLeader: () => isLeading(state),
    leader: () => state.observed?.lease.spec?.holderIdentity || undefined,
    release: () => release(state),
  };
}
