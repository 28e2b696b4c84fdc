/** How durations are spread: what a histogram of Prometheus needs. Never reset. */
import type { Micros } from '../../core/time.js';

export interface Distribution {
  /** How often, by bucket of the bounds; one more for what is beyond. */
  readonly counts: readonly number[];
  readonly sum: Micros;
  readonly worst: Micros;
}

/** @param bounds upper bounds of the buckets but the last, ascending */
export function emptyDistribution(bounds: readonly Micros[]): Distribution {
  return { counts: [...bounds, 0].map(() => 0), sum: 0, worst: 0 };
}

/** @param bounds those that it was made with */
export function withDuration(
  { counts, sum, worst }: Distribution,
  bounds: readonly Micros[],
  duration: Micros,
): Distribution {
  const bucket = bounds.findIndex((bound) => duration <= bound);
  const at = bucket === -1 ? bounds.length : bucket;
  return { counts: counts.with(at, counts[at]! + 1), sum: sum + duration, worst: Math.max(worst, duration) };
}
