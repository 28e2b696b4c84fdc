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
    const begin = between();
    while (performance.now() < begin.latest + 50);
    const end = between();
    const elapsed = end.clock - begin.clock;
    assert.ok(elapsed >= (end.earliest - begin.latest) * 1000 - 1, `${elapsed} us are too few`);
    assert.ok(elapsed <= (end.latest - begin.earliest) * 1000 + 1, `${elapsed} us are too many`);
  });
});

/** The clock, and between which milliseconds of Node's own it was read. */
function between(): { readonly earliest: number; readonly clock: number; readonly latest: number } {
  const earliest = performance.now();
  const clock = monotonicMicros();
  return { earliest, clock, latest: performance.now() };
}
