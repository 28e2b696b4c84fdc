import assert from 'node:assert/strict';
import type { VipGroup, VipGroupSpec } from '../../../../src/api/vip-group.js';
import { deferRemovals, paceRemovals, type RemovalPace } from '../../../../src/controller/groups/deferred-removal.js';

const spec = (...addresses: string[]): VipGroupSpec => ({
  eip: 'pool',
  protocol: 'vip',
  ipFamily: 'IPv4',
  addresses,
  addressCount: addresses.length,
  members: [],
});
const object = (name: string, ...addresses: string[]): VipGroup => ({ metadata: { name }, spec: spec(...addresses) });

describe('an address that nobody has any more', () => {
  it('may stay in its group, which then is as it was', () => {
    const wanted = new Map([['g', spec('10.0.0.2', '10.0.0.10')]]);
    const { specs, count } = deferRemovals(wanted, [object('g', '10.0.0.2', '10.0.0.3', '10.0.0.10')], () => true);
    assert.deepEqual([specs.get('g'), count], [spec('10.0.0.2', '10.0.0.3', '10.0.0.10'), 1]);
  });

  it('does not stay when it is in another group from now on: two leaders must not answer for it', () => {
    const wanted = new Map([
      ['g', spec()],
      ['h', spec('10.0.0.3')],
    ]);
    const { specs, count } = deferRemovals(wanted, [object('g', '10.0.0.3'), object('h')], () => true);
    assert.deepEqual([specs.get('g'), count], [spec(), 0]);
  });

  it('does not stay when it is not free, nor when its group goes', () => {
    const wanted = new Map([['g', spec()]]);
    assert.equal(deferRemovals(wanted, [object('g', '10.0.0.3')], () => false).count, 0);
    assert.equal(deferRemovals(new Map(), [object('g', '10.0.0.3')], () => true).count, 0);
  });

  it('does not take the room of those that somebody has', () => {
    const full = Array.from({ length: 255 }, (_, at) => `10.0.1.${at}`);
    const { specs } = deferRemovals(new Map([['g', spec(...full)]]), [object('g', '10.0.0.1')], () => true);
    assert.equal(specs.get('g')!.addresses.length, 255);
  });

  it('leaves at once where few do, and waits for its turn where many do', () => {
    const pace: RemovalPace = new Map();
    const look = (now: number) => {
      const o = { present: [object('g', '10.0.0.3')], isFree: () => true, now };
      const { specs, afterMs } = paceRemovals(pace, 'lan', new Map([['g', spec()]]), o);
      return [specs.get('g')?.addresses, afterMs];
    };
    for (let times = 0; times < 5; times++) assert.deepEqual(look(0), [[], undefined]);
    assert.deepEqual(look(0), [['10.0.0.3'], 1_000]);
    assert.deepEqual(look(9_000), [['10.0.0.3'], 1_000]);
    assert.deepEqual(look(10_000), [[], undefined]);
  });
});
