import assert from 'node:assert/strict';
import { type PutBacks, putBack, putBackPause } from '../../../../src/controller/services/put-back-backoff.js';

describe('putting a status back', () => {
  /** How often the same is written within `ms` when somebody undoes it at once each time. */
  const writesWithin = (ms: number, o: { text?: (at: number) => string } = {}) => {
    const puts: PutBacks = new Map();
    let writes = 0;
    for (let now = 0; now < ms; now += 10) {
      const text = o.text?.(writes) ?? '192.0.2.1';
      if (putBackPause(puts, 'u', text, now) > 0) continue;
      putBack(puts, 'u', text, now);
      writes++;
    }
    return writes;
  };

  it('is done at once the first time, then ever more rarely', () => {
    assert.equal(writesWithin(1_000), 2);
    assert.equal(writesWithin(3_500), 4);
    assert.equal(writesWithin(60_000), 7);
    assert.ok(writesWithin(3_600_000) <= 22, `${writesWithin(3_600_000)}`);
  });

  it('never waits for what is written for the first time', () =>
    assert.equal(writesWithin(1_000, { text: (writes) => `192.0.2.${writes}` }), 100));

  it('begins anew after ten calm minutes, and forgets Services by then', () => {
    const puts: PutBacks = new Map();
    for (let times = 1; times <= 3; times++) assert.equal(putBack(puts, 'a', 'x', 0), times);
    assert.ok(putBackPause(puts, 'a', 'x', 100) > 0);
    assert.equal(putBackPause(puts, 'a', 'x', 700_000), 0);
    assert.equal(putBack(puts, 'b', 'y', 700_000), 1);
    assert.deepEqual([...puts.keys()], ['b']);
    assert.equal(putBack(puts, 'a', 'x', 700_000), 1);
  });
});
