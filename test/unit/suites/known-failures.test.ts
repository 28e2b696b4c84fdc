import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { knownFailures } from '../../../scripts/suites/known-failures.js';

const page = (...rows: readonly string[]) =>
  [
    '# Tests',
    '| a | table | of | others |',
    '## Known to fail at the first try',
    'Prose.',
    '',
    '| file | test | cause | what is being done |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    '## More',
    '| 1 | 2 | 3 | 4 |',
  ].join('\n');

describe('the table of tests that may fail at the first try', () => {
  it('is read row by row', () => {
    assert.deepEqual(knownFailures(page('| `test/a.test.ts` | says `a \\| b` | the kernel | reported |')), [
      { file: 'test/a.test.ts', test: 'says `a | b`', cause: 'the kernel', remedy: 'reported' },
    ]);
  });

  it('may be empty', () => {
    assert.deepEqual(knownFailures(page()), []);
  });

  for (const row of ['| test/a.test.ts | a |  | reported |', '| test/a.test.ts | a | reported |']) {
    it(`is refused with a row without a cause: ${row}`, () => {
      assert.throws(
        () => knownFailures(page(row)),
        /a row needs a file, a test, a cause and what is being done: \| test/,
      );
    });
  }

  it('is refused when it is not there', () => {
    assert.throws(() => knownFailures('# Tests'), /has no section/);
  });

  it('names files that there are', () => {
    for (const { file } of knownFailures(readFileSync('test/README.md', 'utf8'))) assert.ok(existsSync(file), file);
  });
});
