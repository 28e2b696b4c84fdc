import assert from 'node:assert/strict';
import { systemClock } from '../../../../src/platform/kubernetes/clock.js';
import { eventually, turns } from './eventually.js';

describe('the clock of the system', () => {
  // Timers of Node take 2^31 - 1 ms, and run at once beyond.
  for (const ms of [2 ** 31, 1e12, 1e300, Number.POSITIVE_INFINITY]) {
    it(`runs nothing early that is due in ${ms} ms`, async () => {
      let ran = false;
      const warnings: string[] = [];
      const warn = ({ name }: Error) => void warnings.push(name);
      process.on('warning', warn);
      const cancel = systemClock.after(ms, () => {
        ran = true;
      });
      const began = performance.now();
      while (performance.now() < began + 5) await turns(1);
      cancel();
      process.off('warning', warn);
      assert.deepEqual([ran, warnings], [false, []]);
    });
  }

  it('runs what is due, once, and not what was cancelled', async () => {
    let count = 0;
    systemClock.after(1, () => {
      count += 1;
    });
    systemClock.after(1, () => {
      count += 100;
    })();
    await eventually('it ran', () => count > 0);
    const began = performance.now();
    while (performance.now() < began + 5) await turns(1);
    assert.equal(count, 1);
  });
});
