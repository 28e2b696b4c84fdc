/** Whether what was measured over a while has grown: pure. */
import type { Sample } from './sample.js';

export interface Growth {
  readonly what: string;
  readonly first: number;
  readonly last: number;
  /** As a share: 0.03 is 3 %. */
  readonly share: number;
}

/** More than this share is growth, where it is also more than the least that can be told from noise. */
export const mostShare = 0.03;
/** Half a MiB, or half of one thing. */
const least = 0.5;

/** Compares the first third of the samples with the last, by their medians: what comes and goes with the load is in both. */
export function growthOf(samples: readonly Sample[]): readonly Growth[] {
  const third = Math.ceil(samples.length / 3);
  const names = [...new Set(samples.flatMap((each) => [...each.keys()]))];
  return names.map((what) => {
    const of = (part: readonly Sample[]) => middle(part.flatMap((each) => each.get(what) ?? []));
    const [first, last] = [of(samples.slice(0, third)), of(samples.slice(-third))];
    return { what, first, last, share: first === 0 ? (last === 0 ? 0 : Number.POSITIVE_INFINITY) : last / first - 1 };
  });
}

export function hasGrown({ first, last, share }: Growth): boolean {
  return share > mostShare && last - first > least;
}

function middle(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
