/** What a group demands of the watch of its leader. */
import type { Micros } from '../time.js';
import { fastPatience, type Patience, patienceBetween } from './patience.js';

/** A group as one of its Backups knows it. */
export interface Followed {
  readonly version: 2 | 3;
  /** Between the leader's adverts. */
  readonly activeInterval: Micros;
  /** How fast Backups are to find out that the leader's program is dead; undefined: no faster than adverts make it useful. */
  readonly fast: { readonly interval: Micros; readonly multiplier: number } | undefined;
}

/** How a leader is watched, and what its loss means: see the input `peer-lost` of the virtual router. */
export interface Demand {
  readonly patience: Patience;
  readonly spread: Micros;
  readonly patient: boolean;
}

/**
 * Backups notice within one interval of each other. Priorities of members differ by 20 of 256 or so, which of fifteen intervals is a little
 * more than one.
 */
const spreadInIntervals = 15;
const longestSpread: Micros = 1_000_000;

/**
 * The shortest interval between adverts at which their absence is asked about. Below, questions would have to come as fast as with fast
 * detection, and what they save is less than a millisecond or two.
 */
const shortestInterval: Micros = 100_000;

export function demandOf({ version, activeInterval, fast }: Followed): Demand {
  if (fast === undefined)
    return { patience: patienceBetween(version, activeInterval), spread: longestSpread, patient: true };
  return {
    patience: fastPatience(fast.interval, fast.multiplier),
    spread: fast.interval * spreadInIntervals,
    patient: false,
  };
}

/** Whether watching finds a dead leader sooner than the absence of its adverts. */
export function isWorthWatching({ fast, activeInterval }: Followed): boolean {
  return fast !== undefined || activeInterval >= shortestInterval;
}
