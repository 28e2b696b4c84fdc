import assert from 'node:assert/strict';
import { type FileResult, verdict } from '../../../scripts/suites/verdict.js';

const file = 'build/test/e2e/failover.test.js';
const known = [{ file: 'test/e2e/failover.test.ts', test: 'a', cause: 'the kernel', remedy: 'reported' }];
const failure = (test: string) => ({ test, message: 'late' });

function run(passed: readonly string[], failed: readonly string[], changes: Partial<FileResult> = {}): FileResult {
  return { suite: 'e2e', file, passed, pending: 0, failed: failed.map(failure), ...changes };
}

describe('a run of the suites', () => {
  it('adds up what passed, failed and was skipped in every file', () => {
    const runs = [
      run(['a', 'b'], [], { pending: 1 }),
      run(['c'], ['d'], { file: 'build/test/e2e/nodes.test.js', pending: 2 }),
    ];
    assert.deepEqual(verdict(runs, [{ suite: 'e2e' }], []), {
      passed: 3,
      skipped: 3,
      failed: [failure('d')],
      excused: [],
    });
  });

  it('has failed when a test fails both times, and counts it once', () => {
    const judged = verdict([run(['b'], ['a']), run(['b'], ['a'])], [{ suite: 'e2e' }], known);
    assert.deepEqual([judged.passed, judged.failed, judged.excused], [1, [failure('a')], []]);
  });

  it('has failed when a test passes only the second time and no cause is known', () => {
    const judged = verdict([run(['b'], ['a']), run(['a', 'b'], [])], [], []);
    assert.deepEqual([judged.passed, judged.failed.length], [1, 1]);
    assert.match(judged.failed[0]!.message, /^it passed when it ran again.*names no cause.*\nlate$/);
  });

  it('passes with a test that passed only the second time for a known cause, and says it', () => {
    const judged = verdict([run(['b'], ['a']), run(['a', 'b'], [])], [], known);
    assert.deepEqual([judged.passed, judged.failed], [2, []]);
    assert.deepEqual(judged.excused, [{ ...failure('a'), known: known[0] }]);
  });

  it('excuses a test of that name in that file and no other', () => {
    const elsewhere = { file: 'build/test/e2e/nodes.test.js' };
    assert.equal(verdict([run([], ['a'], elsewhere), run(['a'], [], elsewhere)], [], known).failed.length, 1);
    assert.equal(verdict([run([], ['a more']), run(['a more'], [])], [], known).failed.length, 1);
  });

  it('counts a hook that failed the first time beside the tests that pass', () => {
    const judged = verdict([run([], ['"before all" hook for "a"']), run(['a', 'b'], [])], [], known);
    assert.deepEqual([judged.passed, judged.failed.length], [2, 1]);
  });

  it('fails by a test that failed the second time only', () => {
    assert.deepEqual(verdict([run(['b'], ['a']), run(['a'], ['b'])], [{ suite: 'e2e' }], known).failed, [failure('b')]);
  });

  it('fails by a test that failed and passed in one run, since it tried again by itself', () => {
    const judged = verdict([run(['a', 'b'], ['a'])], [], known);
    assert.deepEqual([judged.passed, judged.failed], [1, [failure('a')]]);
  });

  it('keeps suites apart that run the same file', () => {
    const judged = verdict([run(['a'], []), run([], ['a'], { suite: 'other' })], [{ suite: 'other' }], []);
    assert.deepEqual([judged.passed, judged.failed], [1, [failure('a')]]);
  });

  it('has failed when a suite ended badly without a test that failed', () => {
    const judged = verdict([run(['a'], [])], [{ suite: 'check' }], []);
    assert.deepEqual(
      judged.failed.map(({ test }) => test),
      ['the suite check'],
    );
  });

  it('has failed when nothing passed', () => {
    assert.equal(verdict([], [], []).failed.length, 1);
  });
});
