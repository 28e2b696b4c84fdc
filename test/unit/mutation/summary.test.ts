import assert from 'node:assert/strict';
import { type Report, summaryOf, summaryText } from '../../mutation/summary.js';

const at = (line: number, from: number, to: number, end = line) => ({
  start: { line, column: from },
  end: { line: end, column: to },
});
const mutant = (status: string, location: ReturnType<typeof at>, replacement: string) => ({
  mutatorName: 'EqualityOperator',
  status,
  location,
  replacement,
});
const report: Report = {
  files: {
    'src/core/vrrp/a.ts': {
      source: 'export const a =\n  b < c;\nexport const d = e;\n',
      mutants: [
        mutant('Killed', at(2, 3, 8), 'b > c'),
        mutant('Timeout', at(2, 3, 8), 'true'),
        mutant('Survived', at(2, 3, 8), 'b <= c'),
        mutant('NoCoverage', at(3, 18, 19), '0'),
        mutant('Ignored', at(3, 18, 19), '1'),
      ],
    },
    'src/core/ip/b.ts': { source: 'x', mutants: [mutant('Killed', at(1, 1, 2), 'y')] },
  },
};

describe('the summary of mutations', () => {
  it('counts by folder what tests noticed, and shows what they did not, with its place', () => {
    assert.equal(
      summaryText(summaryOf(report, [])),
      [
        'src/core/vrrp/a.ts:2: b < c;',
        '    b < c  ->  b <= c',
        'src/core/vrrp/a.ts:3 (no test runs it): export const d = e;',
        '    e  ->  0',
        'src/core/ip: 1 of 1 noticed (100.0 %), 0 equivalent',
        'src/core/vrrp: 2 of 4 noticed (50.0 %), 0 equivalent',
        'all: 3 of 5 noticed (60.0 %), 0 equivalent',
      ].join('\n'),
    );
  });

  it('leaves out what is known to be equivalent, as long as the line is the same', () => {
    const known = { file: 'src/core/vrrp/a.ts', line: 'b < c;', original: 'b < c', replacement: 'b <= c', reason: 'r' };
    assert.deepEqual(summaryOf(report, [known]).byFolder.get('src/core/vrrp'), {
      killed: 2,
      survived: 1,
      equivalent: 1,
    });
    assert.equal(summaryOf(report, [{ ...known, line: 'b < d;' }]).survivors.length, 2);
  });
});
