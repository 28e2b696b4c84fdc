/** Which Services are to be looked at, and what each was told: one record, which the functions beside it work on. */
import { createTokenBucket, type TokenBucket } from '../../../platform/kubernetes/token-bucket.js';
import type { Context } from '../../context/context.js';
import type { Standing } from '../../standing/contract.js';

/** How many Services are told per second, after a first lot: a thousand of them have heard of a failover after 16 s. */
export const rate = { perSecond: 50, burst: 200 };

/** By address. */
export type Told = Map<string, Standing>;

export interface HolderEventsState {
  readonly context: Pick<Context, 'world' | 'assignments' | 'standings' | 'recorder' | 'clock'>;
  /** Hears of each address that a Service has and a node holds. */
  readonly held: (service: string, address: string) => void;
  /** Hears of each Service with which something may have changed, at once. */
  readonly looked: (service: string) => void;
  /** Services to look at, and since when: who has waited for longer comes first. */
  readonly pending: Map<string, number>;
  /** What each Service was told of its addresses. */
  readonly told: Map<string, Told>;
  readonly bucket: TokenBucket;
  readonly counts: { told: number; dropped: number };
  leading: boolean;
  /** When the next look is due, if one is. */
  wake: { readonly at: number; readonly cancel: () => void } | undefined;
}

export function newHolderEventsState(o: Pick<HolderEventsState, 'context' | 'held' | 'looked'>): HolderEventsState {
  return {
    ...o,
    pending: new Map(),
    told: new Map(),
    bucket: createTokenBucket(rate),
    counts: { told: 0, dropped: 0 },
    leading: false,
    wake: undefined,
  };
}
