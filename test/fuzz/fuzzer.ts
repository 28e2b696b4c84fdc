import type { Coverage } from './coverage.js';
import type { Form } from './forms/form.js';
import { seededRandom } from './random.js';

/** What is fuzzed. */
export interface Target<Input> {
  readonly form: Form<Input>;
  /** Good inputs to begin with. */
  readonly seeds: readonly Input[];
  /** Throws when the input shows a defect. */
  readonly run: (input: Input) => void | Promise<void>;
}

export interface Finding<Input> {
  readonly input: Input;
  readonly error: unknown;
}

export interface FuzzResult<Input> {
  readonly executions: number;
  /** Inputs that reached what none before them had, seeds included. */
  readonly corpus: readonly Input[];
  /** Characters of source that ran. */
  readonly covered: number;
  readonly finding?: Finding<Input>;
}

/**
 * Inputs between two looks at the coverage, each of which costs as much as hundreds of executions: the more the longer nothing new is
 * found. Whole batches that found something are run again in halves.
 */
const batchSizes = { least: 256, most: 8192 };

/**
 * Runs mutants of a corpus that grows by every input that covers something new, until `goOn` says no (asked once per batch)
 * or an input throws. The inputs are the same for the same seed, target, corpus and V8.
 *
 * @param coverage undefined: mutants of what was known before alone, which is fast where there is little time
 * @param o.corpus what earlier runs have found, beside the target's seeds
 * @param o.goOn gets the number of executions so far
 */
export async function fuzz<Input>(
  target: Target<Input>,
  coverage: Coverage | undefined,
  o: {
    readonly seed: number;
    readonly corpus?: readonly Input[];
    readonly goOn: (executions: number) => boolean;
    /** How many inputs are made at once at most; beyond it some more may run than was asked for. */
    readonly batch?: number;
  },
): Promise<FuzzResult<Input>> {
  const random = seededRandom(o.seed);
  const { form } = target;
  const corpus: Input[] = [];
  let executions = 0;
  coverage?.take(true);
  const known = [...target.seeds, ...(o.corpus ?? [])];
  let finding = await explore(known);
  if (corpus.length === 0) corpus.push(...known);
  const most = Math.min(batchSizes.most, o.batch ?? batchSizes.most);
  let batch = Math.min(batchSizes.least, most);
  while (finding === undefined && o.goOn(executions)) {
    const before = corpus.length;
    finding = await explore(Array.from({ length: batch }, () => form.mutate(pick(), pick(), random)));
    batch = corpus.length > before ? Math.min(batchSizes.least, most) : Math.min(most, 2 * batch);
  }
  const result = { executions, corpus, covered: coverage?.total() ?? 0 };
  return finding ? { ...result, finding } : result;

  /** Runs inputs; when they cover something new together, runs each half again to find which ones did. */
  async function explore(inputs: readonly Input[]): Promise<Finding<Input> | undefined> {
    for (const input of inputs) {
      executions++;
      const error = await failure(target, input);
      if (error !== undefined) return { input, error: error.of };
    }
    const alone = inputs.length <= 1;
    if (coverage === undefined || coverage.take(alone) === 0 || inputs.length === 0) return undefined;
    if (alone) {
      corpus.push(...inputs);
      return undefined;
    }
    const middle = inputs.length >> 1;
    return (await explore(inputs.slice(0, middle))) ?? (await explore(inputs.slice(middle)));
  }

  /** An input of the corpus; every other time one of the newest. */
  function pick(): Input {
    const newest = Math.min(corpus.length, 8);
    return corpus[random(2) === 0 ? random(corpus.length) : corpus.length - 1 - random(newest)]!;
  }
}

/** Few inputs that cover together what all of them do, the shortest that there are. */
export async function distilled<Input>(
  target: Target<Input>,
  coverage: Coverage,
  inputs: readonly Input[],
): Promise<readonly Input[]> {
  const length = (input: Input) => target.form.write(input).length;
  const kept: Input[] = [];
  coverage.forget();
  for (const input of inputs.toSorted((a, b) => length(a) - length(b))) {
    await target.run(input);
    if (coverage.take(true) > 0) kept.push(input);
  }
  return kept;
}

/** A small input that throws as this one does, by the kind of error and where it comes from. */
export async function shrunk<Input>(target: Target<Input>, finding: Finding<Input>): Promise<Finding<Input>> {
  const place = placeOf(finding.error);
  let best = finding;
  for (let left = 2_000, isSmaller = true; isSmaller && left > 0; ) {
    isSmaller = false;
    for (const input of target.form.smaller(best.input)) {
      if (left-- <= 0) break;
      const error = await failure(target, input);
      if (error === undefined || placeOf(error.of) !== place) continue;
      best = { input, error: error.of };
      isSmaller = true;
      break;
    }
  }
  return best;
}

/** Without a promise where the target needs none: most take microseconds. */
function failure<Input>(
  target: Target<Input>,
  input: Input,
): { readonly of: unknown } | undefined | Promise<{ readonly of: unknown } | undefined> {
  try {
    const end = target.run(input);
    return end?.then(
      () => undefined,
      (error: unknown) => ({ of: error }),
    );
  } catch (error) {
    return { of: error };
  }
}

function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return `${error.name} ${/\n\s+at .*/.exec(error.stack ?? '')?.[0] ?? ''}`;
}
