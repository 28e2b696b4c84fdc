import assert from 'node:assert/strict';
import { createConnectionRate } from '../../../../src/platform/observability/connection-rate.js';

describe('the rate of new connections', () => {
  const admitted = (rate: ReturnType<typeof createConnectionRate>, address: string, attempts: number, nowMs: number) =>
    Array.from({ length: attempts }, () => rate.admits(address, nowMs)).filter(Boolean).length;

  it('is bounded for one address, which leaves room to others', () => {
    const rate = createConnectionRate({ all: 40, each: 10 });
    assert.equal(admitted(rate, 'a', 1_000, 0), 10);
    assert.equal(admitted(rate, 'b', 1, 0), 1);
    assert.equal(admitted(rate, 'a', 1_000, 500), 5);
    assert.equal(admitted(rate, 'a', 1_000, 60_000), 10, 'no more at once than in a second');
  });

  it('is bounded for all, however many addresses they come from', () => {
    const rate = createConnectionRate({ all: 40, each: 10 });
    let taken = 0;
    for (let n = 0; n < 100_000; n++) taken += admitted(rate, `address ${n}`, 1, n / 100);
    assert.ok(taken >= 79 && taken <= 80, `${taken}`);
  });

  it('is a flood while many are refused within a tenth of a second', () => {
    const rate = createConnectionRate({ all: 40, each: 10 });
    admitted(rate, 'a', 30, 0);
    assert.equal(rate.isFlooded(0), false);
    admitted(rate, 'a', 1, 50);
    assert.equal(rate.isFlooded(50), true);
    assert.equal(rate.isFlooded(100), false);
    admitted(rate, 'a', 1, 100);
    assert.equal(rate.isFlooded(100), false, 'it is counted anew');
  });

  it('is not lowered by a clock that stands still', () => {
    const rate = createConnectionRate({ all: 40, each: 10 });
    assert.equal(admitted(rate, 'a', 5, 100), 5);
    assert.equal(admitted(rate, 'a', 5, 90), 5);
  });
});
