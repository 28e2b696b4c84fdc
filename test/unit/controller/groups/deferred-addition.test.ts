import assert from 'node:assert/strict';
import type { VipGroup } from '../../../../src/api/vip-group.js';
import { type AdditionPace, paceAdditions } from '../../../../src/controller/groups/deferred-addition.js';
import { object, spec } from './group-of.js';

describe('a new address in a large cluster', () => {
  let pace: AdditionPace;
  beforeEach(() => {
    pace = new Map();
  });
  /** What the group g of an Eip is to have, which is to have these, and when to look again. */
  const look = (now: number, wanted: readonly string[], present: readonly VipGroup[] = [object('g', '10.0.0.1')]) => {
    const { specs, afterMs } = paceAdditions(pace, 'lan', new Map([['g', spec(...wanted)]]), { present, now });
    assert.equal(specs.get('g')!.addressCount, specs.get('g')!.addresses.length);
    return [specs.get('g')!.addresses, afterMs] as const;
  };
  const exhaust = (now: number) => {
    for (let times = 0; times < 11; times++) look(now, ['10.0.0.1', `10.0.9.${times}`]);
  };

  it('joins its group at once, and so do those that come half a second later, however long that goes on', () => {
    for (let at = 0; at < 60_000; at += 500) {
      const fresh = `10.0.1.${at / 500}`;
      assert.deepEqual(look(at, ['10.0.0.1', fresh]), [['10.0.0.1', fresh], undefined]);
    }
  });

  it('waits at most half a second for others where many come one after the other', () => {
    exhaust(0);
    assert.deepEqual(look(100, ['10.0.0.1', '10.0.0.2']), [['10.0.0.1'], 400]);
    assert.deepEqual(look(499, ['10.0.0.1', '10.0.0.2', '10.0.0.3']), [['10.0.0.1'], 1]);
    assert.deepEqual(look(500, ['10.0.0.1', '10.0.0.2']), [['10.0.0.1', '10.0.0.2'], undefined]);
    assert.deepEqual(look(501, ['10.0.0.1', '10.0.0.3']), [['10.0.0.1'], 499]);
  });

  it('does not wait for those of other Eips', () => {
    exhaust(0);
    const { afterMs } = paceAdditions(pace, 'other', new Map([['g', spec('10.0.0.2')]]), { present: [], now: 1 });
    assert.equal(afterMs, undefined);
  });

  it('does not wait once more where it could not be written when it had its turn', () => {
    exhaust(0);
    assert.deepEqual(look(500, ['10.0.0.1', '10.0.0.2']), [['10.0.0.1', '10.0.0.2'], undefined]);
    assert.deepEqual(look(510, ['10.0.0.1', '10.0.0.2', '10.0.0.3']), [['10.0.0.1', '10.0.0.2'], 490]);
    assert.deepEqual(look(520, ['10.0.0.1', '10.0.0.2']), [['10.0.0.1', '10.0.0.2'], undefined]);
  });

  it('is one again that came, left and comes once more', () => {
    exhaust(0);
    look(500, ['10.0.0.1', '10.0.0.2']);
    look(510, ['10.0.0.1']);
    assert.deepEqual(look(520, ['10.0.0.1', '10.0.0.2']), [['10.0.0.1'], 480]);
  });

  it('is not one that another group had when it was decided that it goes here, and has left now', () => {
    exhaust(0);
    const [here, other] = [object('g', '10.0.0.1'), object('h', '10.0.0.2')];
    assert.deepEqual(look(1, ['10.0.0.1', '10.0.0.2'], [here, other]), [['10.0.0.1', '10.0.0.2'], undefined]);
    assert.deepEqual(look(2, ['10.0.0.1', '10.0.0.2'], [here]), [['10.0.0.1', '10.0.0.2'], undefined]);
  });

  it('keeps nothing else from being written: who leaves, and who goes to another group', () => {
    exhaust(0);
    assert.deepEqual(look(1, []), [[], undefined]);
    const present = [object('g', '10.0.0.1'), object('h', '10.0.0.2')];
    assert.deepEqual(look(1, ['10.0.0.1', '10.0.0.2'], present), [['10.0.0.1', '10.0.0.2'], undefined]);
    assert.deepEqual(look(1, ['10.0.0.2', '10.0.0.3'], present), [['10.0.0.2'], 499]);
  });
});
