/** How late routers were stepped: by so much later than they should peers see an advert, or its absence. */
import type { Micros } from '../../core/time.js';
import { type Distribution, emptyDistribution, withDuration } from './distribution.js';

/** Upper bounds of the buckets but the last, which has none. */
export const latenessBounds: readonly Micros[] = [
  500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000,
];

/** Since the engine's start, by bucket of `latenessBounds`. */
export type Lateness = Distribution;

export function noLateness(): Lateness {
  return emptyDistribution(latenessBounds);
}

export function addLateness(lateness: Lateness, late: Micros): Lateness {
  return withDuration(lateness, latenessBounds, late);
}
