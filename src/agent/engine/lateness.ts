/** How late routers were stepped: by so much later than they should peers see an advert, or its absence. */
import type { Micros } from '../../core/time.js';

/** Upper bounds of the buckets but the last, which has none. */
export const latenessBounds: readonly Micros[] = [
  500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000,
];

/** Since the engine's start; never reset. */
export interface Lateness {
  /** How often, by bucket of `latenessBounds`; one more for what is beyond. */
  readonly counts: readonly number[];
  readonly sum: Micros;
  readonly worst: Micros;
}

export function noLateness(): Lateness {
  return { counts: [...latenessBounds, 0].map(() => 0), sum: 0, worst: 0 };
}

export function addLateness({ counts, sum, worst }: Lateness, late: Micros): Lateness {
  const bucket = latenessBounds.findIndex((bound) => late <= bound);
  const at = bucket === -1 ? latenessBounds.length : bucket;
  return {
    counts: counts.map((count, index) => (index === at ? count + 1 : count)),
    sum: sum + late,
    worst: Math.max(worst, late),
  };
}
