import assert from 'node:assert/strict';
import { demandOf, isWorthWatching } from '../../../../src/core/liveness/demand.js';

describe('a Backup that asks whether its leader lives', () => {
  const usual = { version: 3, activeInterval: 1_000_000, fast: undefined } as const;
  const fast = { ...usual, fast: { interval: 20_000, multiplier: 3 } };

  it('does so where adverts are 100 ms apart or more, and wherever detection is to be fast', () => {
    assert.equal(isWorthWatching({ ...usual, activeInterval: 100_000 }), true);
    assert.equal(isWorthWatching({ ...usual, activeInterval: 90_000 }), false);
    assert.equal(isWorthWatching({ ...fast, activeInterval: 10_000 }), true);
  });

  it('with fast detection gives it up after so many questions, and spreads Backups over fifteen of them', () => {
    const { patience, spread, patient } = demandOf(fast);
    assert.deepEqual([patience.limit, patience.askEvery, spread, patient], [60_000, 20_000, 300_000, false]);
  });

  it('without it is patient, and spreads Backups over a second', () => {
    const { spread, patient } = demandOf(usual);
    assert.deepEqual([spread, patient], [1_000_000, true]);
  });
});
