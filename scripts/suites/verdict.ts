import type { KnownFailure } from './known-failures.js';

/** What one file of tests came to in one run, as test/reporter.cjs writes it down. */
export interface FileResult {
  readonly suite: string;
  readonly file: string;
  /** Full titles. */
  readonly passed: readonly string[];
  readonly pending: number;
  readonly failed: readonly Failure[];
}

export interface Failure {
  /** Full title, or what failed instead of a test. */
  readonly test: string;
  readonly message: string;
}

/** A suite, or a file of one that was run by itself. */
export interface Broken {
  readonly suite: string;
  readonly file?: string;
}

/** What is to be said in the end. The run has passed if and only if nothing failed. */
export interface Verdict {
  readonly passed: number;
  readonly skipped: number;
  readonly failed: readonly Failure[];
  /** What failed at first and passed when it ran again, for a cause that is known. */
  readonly excused: readonly (Failure & { readonly known: KnownFailure })[];
}

/**
 * Judges a run in which some files ran twice: the second time counts. But what passes only then has failed, unless its cause is known.
 *
 * @param runs in the order in which they ended
 * @param broken what failed by its exit code
 */
export function verdict(
  runs: readonly FileResult[],
  broken: readonly Broken[],
  known: readonly KnownFailure[],
): Verdict {
  const first = new Map<string, FileResult>();
  const last = new Map<string, FileResult>();
  for (const run of runs) {
    const key = `${run.suite} ${run.file}`;
    if (!first.has(key)) first.set(key, run);
    last.set(key, run);
  }
  const failed: Failure[] = [];
  const excused: Verdict['excused'][number][] = [];
  let passed = 0;
  let skipped = 0;
  for (const [key, run] of last) {
    const late = first.get(key)!.failed.filter(({ test }) => !run.failed.some((again) => again.test === test));
    const titles = new Set(run.failed.map(({ test }) => test));
    for (const failure of late) {
      const entry = known.find(({ file, test }) => file === sourceOf(run.file) && test === failure.test);
      if (entry !== undefined) excused.push({ ...failure, known: entry });
      else {
        titles.add(failure.test);
        failed.push({ ...failure, message: `${onlyAgain}\n${failure.message}` });
      }
    }
    failed.push(...run.failed);
    passed += run.passed.filter((title) => !titles.has(title)).length;
    skipped += run.pending;
  }
  for (const { suite, file } of broken) {
    const ofIt = [...last.values()].filter((run) => run.suite === suite && (file === undefined || run.file === file));
    if (ofIt.some((run) => run.failed.length > 0)) continue;
    const test = file === undefined ? `the suite ${suite}` : `${file} of the suite ${suite}`;
    failed.push({ test, message: 'it failed, and no test of it did: see its output' });
  }
  if (passed === 0 && failed.length === 0) failed.push({ test: 'the run', message: 'no test passed' });
  return { passed, skipped, failed, excused };
}

const onlyAgain = 'it passed when it ran again, and test/README.md names no cause for that. At first:';

/** The source of a compiled file of tests. */
function sourceOf(file: string): string {
  return file.replace(/^build\/(.*)\.js$/, '$1.ts');
}
