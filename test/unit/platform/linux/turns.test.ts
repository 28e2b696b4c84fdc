import assert from 'node:assert/strict';
import { inTurn, newTurns } from '../../../../src/platform/linux/turns.js';

describe('of those who take turns', () => {
  const soon = () => new Promise((resolve) => setImmediate(resolve));

  it('no more than so many are at work, and the others follow in the order in which they came', async () => {
    const turns = newTurns(2);
    const begun: number[] = [];
    const end: (() => void)[] = [];
    const all = [0, 1, 2, 3].map((at) =>
      inTurn(turns, () => {
        begun.push(at);
        return new Promise<void>((resolve) => {
          end[at] = resolve;
        });
      }),
    );
    await soon();
    assert.deepEqual(begun, [0, 1]);
    end[1]!();
    await soon();
    assert.deepEqual(begun, [0, 1, 2], 'the one that never ends keeps its turn, and no other');
    end[2]!();
    await soon();
    assert.deepEqual(begun, [0, 1, 2, 3]);
    for (const each of [0, 3]) end[each]!();
    await Promise.all(all);
    assert.equal(turns.free, 2);
  });

  it('one that fails gives its turn on, and says why it failed', async () => {
    const turns = newTurns(1);
    const failing = inTurn(turns, () => Promise.reject(new Error('gone')));
    const next = inTurn(turns, async () => 'done');
    await assert.rejects(failing, /gone/);
    assert.equal(await next, 'done');
  });
});
