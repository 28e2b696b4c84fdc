import assert from 'node:assert/strict';
import type { CheckResult } from '../../../../src/core/tracking/check.js';
import { readTrackFile } from '../../../../src/core/tracking/track-file.js';

describe('a track file', () => {
  const cases: readonly [claim: string, text: string, multiplier: number, result: CheckResult][] = [
    ['adds what it says', '10\n', 1, { ok: true, adjustment: 10 }],
    ['takes off what it says', ' -10 ', 1, { ok: true, adjustment: -10 }],
    ['counts times the multiplier', '+3', -20, { ok: true, adjustment: -60 }],
    ['that says 0 adds nothing', '0', 5, { ok: true }],
    ['that says 0 passes with multiplier 0', '0\n', 0, { ok: true }],
    ['that says less than a priority can lose is still a number', '-1000', 2, { ok: true, adjustment: -2000 }],
  ];
  for (const [claim, text, multiplier, result] of cases) {
    it(claim, () => assert.deepEqual(readTrackFile(text, multiplier, 'drain'), result));
  }
  it('that says anything else fails with multiplier 0', () =>
    assert.deepEqual(readTrackFile('7', 0, 'drain'), {
      ok: false,
      reason: 'drain says 7, and multiplier 0 asks for 0',
    }));
  it('that is empty fails, and says so', () =>
    assert.deepEqual(readTrackFile(' \n', 1, 'drain'), { ok: false, reason: 'drain is empty' }));
  for (const text of ['secret', '1.5', '1 2', '0x10', '1e3', '-', '12345678901']) {
    it(`that holds ${text} fails, and the reason does not show it`, () =>
      assert.deepEqual(readTrackFile(text, 1, 'drain'), {
        ok: false,
        reason: 'drain holds something else than one integer, such as 0 or -20',
      }));
  }
});
