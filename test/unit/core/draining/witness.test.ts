import assert from 'node:assert/strict';
import { answered, askEvery, due, newWitness, patience, type Witness } from '../../../../src/core/draining/witness.js';
import { never } from '../../../../src/core/time.js';

/** Asks as often as it is due, and returns when it is taken for dead. */
function diesAt(witness: Witness): number {
  for (let w = witness; ; ) {
    const { witness: next, what } = due(w, w.askAt);
    if (what === 'dead') {
      assert.equal(next.askAt, never);
      return w.askAt;
    }
    w = next;
  }
}

describe('a witness of a former leader', () => {
  it('asks at once, and then at intervals', () => {
    const first = due(newWitness(5), 5);
    assert.equal(first.what, 'ask');
    assert.equal(due(first.witness, 5 + askEvery - 1).what, undefined);
    assert.equal(due(first.witness, 5 + askEvery).what, 'ask');
  });

  it('takes one that never answered for dead within a quarter of a second', () => {
    assert.equal(diesAt(newWitness(0)), patience.unheard * askEvery);
    assert.ok(patience.unheard * askEvery <= 250_000);
  });

  it('gives one that has answered half a second', () => {
    const { witness } = due(newWitness(0), 0);
    assert.equal(diesAt(answered(witness)), patience.heard * askEvery + askEvery);
  });

  it('counts anew with each answer', () => {
    let witness = newWitness(0);
    for (let asked = 0; asked < 100; asked++) witness = answered(due(witness, witness.askAt).witness);
    assert.equal(witness.unanswered, 0);
  });

  it('does not take it for dead after a sleep in which an answer came', () => {
    const { witness } = due(newWitness(0), 0);
    assert.equal(due(answered(witness), 10_000_000).what, 'ask');
  });
});
