import assert from 'node:assert/strict';
import { InvariantError } from '../../../../src/core/assert.js';
import { step } from '../../../../src/core/bfd/session.js';
import { defaultTiming, timingFaults } from '../../../../src/core/bfd/timing.js';
import { down, ms } from './given.js';

describe('a configured BFD timing', () => {
  it('is 300 ms x 3 unless something else is asked for', () => {
    assert.deepEqual(defaultTiming, { desiredMinTx: ms(300), requiredMinRx: ms(300), detectMult: 3 });
    assert.deepEqual(timingFaults(defaultTiming), []);
  });

  it('may be 50 ms x 3, and anything from 50 ms x 1 to a minute x 255', () => {
    for (const timing of [
      { desiredMinTx: ms(50), requiredMinRx: ms(50), detectMult: 3 },
      { desiredMinTx: ms(50), requiredMinRx: ms(50), detectMult: 1 },
      { desiredMinTx: ms(60_000), requiredMinRx: ms(60_000), detectMult: 255 },
    ]) {
      assert.deepEqual(timingFaults(timing), []);
    }
  });

  for (const [field, value, message] of [
    ['desiredMinTx', 49_999, /^49999 us is not a whole number of 50000 to 60000000 us: the usual is 300000/],
    ['desiredMinTx', 60_000_001, /^60000001 us is not a whole number/],
    ['desiredMinTx', 300_000.5, /^300000.5 us is not a whole number/],
    ['requiredMinRx', 0, /^0 us is not a whole number/],
    ['requiredMinRx', Number.NaN, /^NaN us is not a whole number/],
    ['detectMult', 0, /^0 is not a whole number of 1 to 255: the usual is 3/],
    ['detectMult', 256, /^256 is not/],
    ['detectMult', 2.5, /^2.5 is not/],
  ] as const) {
    it(`is refused with ${field} ${value}, by name and with what is allowed`, () => {
      const [fault, ...more] = timingFaults({ ...defaultTiming, [field]: value });
      assert.equal(fault?.field, field);
      assert.match(fault.message, message);
      assert.deepEqual(more, []);
    });
  }

  it('has all its faults told at once', () => {
    assert.equal(timingFaults({ desiredMinTx: 0, requiredMinRx: 0, detectMult: 0 }).length, 3);
  });

  it('that is out of range is our own fault once it reaches a session', () => {
    const config = { ...defaultTiming, detectMult: 0 };
    assert.throws(() => step(down(), { type: 'configure', config }, 0), InvariantError);
  });
});
