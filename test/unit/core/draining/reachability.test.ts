import assert from 'node:assert/strict';
import {
  answered,
  askEvery,
  due,
  newReachability,
  patience,
  type Reachability,
} from '../../../../src/core/draining/reachability.js';
import { never } from '../../../../src/core/time.js';

/** Asks as often as it is due, and returns when it is taken for dead. */
function diesAt(reachability: Reachability): number {
  for (let w = reachability; ; ) {
    const { reachability: next, what } = due(w, w.askAt, true);
    if (what === 'dead') {
      assert.equal(next.askAt, never);
      return w.askAt;
    }
    w = next;
  }
}

describe('the reachability of a former leader', () => {
  it('asks at once, and then at intervals', () => {
    const first = due(newReachability(5, false), 5, true);
    assert.equal(first.what, 'ask');
    assert.equal(due(first.reachability, 5 + askEvery - 1, true).what, undefined);
    assert.equal(due(first.reachability, 5 + askEvery, true).what, 'ask');
  });

  it('takes one that never answered for dead within a quarter of a second', () => {
    assert.equal(diesAt(newReachability(0, false)), patience.unheard * askEvery);
    assert.ok(patience.unheard * askEvery <= 250_000);
  });

  it('gives one that has answered, or was heard of when it ceased to lead, less than a second', () => {
    const { reachability } = due(newReachability(0, false), 0, true);
    assert.equal(diesAt(answered(reachability)), patience.heard * askEvery + askEvery);
    assert.equal(diesAt(newReachability(0, true)), patience.heard * askEvery);
    assert.ok(patience.heard * askEvery < 1_000_000);
  });

  it('counts anew with each answer', () => {
    let reachability = newReachability(0, false);
    for (let asked = 0; asked < 100; asked++)
      reachability = answered(due(reachability, reachability.askAt, true).reachability);
    assert.equal(reachability.unanswered, 0);
  });

  it('does not take it for dead after a sleep in which an answer came', () => {
    const { reachability } = due(newReachability(0, false), 0, true);
    assert.equal(due(answered(reachability), 10_000_000, true).what, 'ask');
  });

  it('takes nobody for dead while answers could not be heard, and gives it the whole time after that', () => {
    let reachability = newReachability(0, false);
    for (let asked = 0; asked < 100; asked++) {
      const next = due(reachability, reachability.askAt, false);
      assert.equal(next.what, 'ask');
      reachability = next.reachability;
    }
    const again = reachability.askAt;
    assert.equal(diesAt(reachability) - again, (patience.unheard - 1) * askEvery);
  });
});
