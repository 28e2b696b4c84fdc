import assert from 'node:assert/strict';
import { monotonicMicros } from '../../../../src/platform/linux/clock.js';

describe('clock', () => {
  it('never goes backwards', () => {
    let last = monotonicMicros();
    for (let n = 0; n < 100_000; n++) {
      const now = monotonicMicros();
      assert.ok(now >= last, `${now} after ${last}`);
      last = now;
    }
  });

  it('counts microseconds', () => {
    const [clock, reference] = [monotonicMicros(), performance.now()];
    const until = reference + 50;
    while (performance.now() < until);
    const [elapsed, expected] = [monotonicMicros() - clock, (performance.now() - reference) * 1000];
    assert.ok(Math.abs(elapsed - expected) < 2_000, `${elapsed} us for ${expected}`);
  });
});
