import assert from 'node:assert/strict';
import { runQueue } from '../../../scripts/suites/file-queue.js';

describe('a queue of files of tests', () => {
  it('runs so many at once, in their order, and then alone what is to be alone', async () => {
    const ends = new Map<string, () => void>();
    const begun: string[] = [];
    const running = runQueue(['a', 'B', 'c', 'd', 'E'], {
      atOnce: 2,
      isAlone: (name) => name === name.toUpperCase(),
      run(name) {
        begun.push(name);
        return new Promise((resolve) => ends.set(name, resolve));
      },
    });
    const seen: string[] = [];
    for (const name of ['c', 'a', 'd', 'B', 'E']) {
      seen.push(begun.join(''));
      ends.get(name)!();
      await new Promise(setImmediate);
    }
    await running;
    assert.deepEqual(seen, ['ac', 'acd', 'acd', 'acdB', 'acdBE']);
  });

  it('is over at once when it is empty', async () => {
    await runQueue([], { atOnce: 2, isAlone: () => false, run: () => assert.fail('called') });
  });
});
