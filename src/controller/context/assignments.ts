/** Which Services hold which addresses of which pool: the ledger, seen from the pools. */

import { compareIp, type IpAddress } from '../../core/ip/address.js';
import type { Grant } from '../../core/ipam/decision.js';
import { createLedger, type Holding, type LedgerView } from '../../core/ipam/ledger.js';

export interface Assignment {
  readonly address: IpAddress;
  readonly holding: Holding;
}

export interface Assignments {
  readonly ledger: LedgerView;
  /**
   * What a Service holds from now on, in place of what it held.
   *
   * @param leaving addresses that its status still says or may yet say: nobody else's, but no longer announced for it
   */
  assign(holding: Omit<Holding, 'addresses'>, grants: readonly Grant[], leaving?: readonly IpAddress[]): void;
  /** The Service holds nothing any more. */
  release(key: string): void;
  /** What a Service holds. */
  grants(key: string): readonly Grant[];
  /** Every address held of a pool, one entry per Service that holds it. */
  ofPool(pool: string): Iterable<Assignment>;
}

export function createAssignments(): Assignments {
  const ledger = createLedger();
  const byService = new Map<string, readonly Grant[]>();
  const byPool = new Map<string, Set<string>>();

  const release = (key: string) => {
    for (const { pool } of byService.get(key) ?? []) byPool.get(pool)?.delete(key);
    byService.delete(key);
    ledger.release(key);
  };

  return {
    ledger,
    assign: (holding, grants, leaving = []) => {
      release(holding.key);
      ledger.hold({ ...holding, addresses: distinct([...grants.map(({ address }) => address), ...leaving]) });
      byService.set(holding.key, grants);
      for (const { pool } of grants) byPool.set(pool, (byPool.get(pool) ?? new Set()).add(holding.key));
    },
    release,
    grants: (key) => byService.get(key) ?? [],
    *ofPool(pool) {
      for (const key of byPool.get(pool) ?? []) {
        const holding = ledger.holding(key)!;
        for (const grant of byService.get(key)!) if (grant.pool === pool) yield { address: grant.address, holding };
      }
    },
  };
}

function distinct(addresses: readonly IpAddress[]): readonly IpAddress[] {
  return addresses.filter((each, at) => addresses.findIndex((other) => compareIp(other, each) === 0) === at);
}
