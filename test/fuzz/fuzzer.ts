import type { Coverage } from './coverage.js';
import { mutate } from './mutate.js';
import { seededRandom } from './random.js';

/** What is fuzzed. */
export interface Target {
  /** Good inputs to begin with. */
  readonly seeds: readonly Uint8Array[];
  /** Throws when the input shows a defect. */
  readonly run: (input: Uint8Array) => void;
}

export interface Finding {
  readonly input: Uint8Array;
  readonly error: unknown;
}

export interface FuzzResult {
  readonly executions: number;
  /** Inputs that reached what none before them had, seeds included. */
  readonly corpus: readonly Uint8Array[];
  /** Characters of source that ran. */
  readonly covered: number;
  readonly finding?: Finding;
}

/** Inputs between two looks at the coverage, which cost more than hundreds of executions. */
const batchSize = 512;

/**
 * Runs mutants of a corpus that grows by every input that covers something new, until `goOn` says no (asked once per batch)
 * or an input throws. The inputs are the same for the same seed, target and V8.
 *
 * @param goOn gets the number of executions so far
 */
export function fuzz(
  target: Target,
  coverage: Coverage,
  o: { readonly seed: number; readonly goOn: (executions: number) => boolean },
): FuzzResult {
  const random = seededRandom(o.seed);
  const corpus: Uint8Array[] = [];
  let executions = 0;
  coverage.take(true);
  let finding = explore(target.seeds);
  if (corpus.length === 0) corpus.push(...target.seeds.slice(0, 1));
  while (finding === undefined && o.goOn(executions)) {
    finding = explore(Array.from({ length: batchSize }, () => mutate(pick(), pick(), random)));
  }
  const result = { executions, corpus, covered: coverage.total() };
  return finding ? { ...result, finding } : result;

  /** Runs inputs; when they cover something new together, runs each half again to find which ones did. */
  function explore(inputs: readonly Uint8Array[]): Finding | undefined {
    for (const input of inputs) {
      executions++;
      try {
        target.run(input);
      } catch (error) {
        return { input, error };
      }
    }
    const alone = inputs.length <= 1;
    if (coverage.take(alone) === 0 || inputs.length === 0) return undefined;
    if (alone) {
      corpus.push(...inputs);
      return undefined;
    }
    const middle = inputs.length >> 1;
    return explore(inputs.slice(0, middle)) ?? explore(inputs.slice(middle));
  }

  /** An input of the corpus; every other time one of the newest. */
  function pick(): Uint8Array {
    const newest = Math.min(corpus.length, 8);
    return corpus[random(2) === 0 ? random(corpus.length) : corpus.length - 1 - random(newest)]!;
  }
}
