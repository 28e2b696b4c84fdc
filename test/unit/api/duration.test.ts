import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatDuration, parseDuration } from '../../../src/api/duration.js';

describe('a duration', () => {
  for (const [text, micros] of [
    ['250ms', 250_000],
    ['10ms', 10_000],
    ['1s', 1_000_000],
    ['1.5s', 1_500_000],
    ['40.95s', 40_950_000],
    ['1m30s', 90_000_000],
    ['1h', 3_600_000_000],
    ['0s', 0],
  ] as const) {
    it(`${text} is ${micros} us`, () => assert.equal(parseDuration(text), micros));
  }

  for (const text of ['', '250', '1 s', '-1s', 's', '1d', '1s ', '.5s', '1e3s', '99999999999999h']) {
    it(`"${text}" is none`, () => assert.equal(parseDuration(text), undefined));
  }

  it('is read back as it was written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000_000 }), (ms) => {
        assert.equal(parseDuration(formatDuration(ms * 1000)), ms * 1000);
      }),
    );
  });
});
