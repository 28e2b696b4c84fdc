import assert from 'node:assert/strict';
import {
  activeDownInterval,
  leavingBound,
  longestDownInterval,
  peersPatience,
  resignationInterval,
  shortestDownInterval,
  skewTime,
} from '../../../../src/core/vrrp/timers.js';
import { ms } from './given.js';

describe('the Active_Down_Intervals that Backups can have', () => {
  it('go from that of priority 254 to that of priority 1', () => {
    for (const version of [2, 3] as const) {
      assert.equal(shortestDownInterval(version, ms(1000)), activeDownInterval(version, 254, ms(1000)));
      assert.equal(longestDownInterval(version, ms(1000)), activeDownInterval(version, 1, ms(1000)));
    }
    assert.equal(longestDownInterval(3, ms(1000)), ms(3996.09375));
  });
});

describe('Skew_Time', () => {
  it('is (256 - priority) 256ths of the Active_Adver_Interval', () => {
    assert.equal(skewTime(3, 100, ms(1000)), ms(609.375));
    assert.equal(skewTime(3, 100, ms(100)), ms(60.9375));
    assert.equal(skewTime(3, 1, ms(1000)), ms(996.09375));
    assert.equal(skewTime(3, 255, ms(1000)), ms(3.90625));
  });

  it('keeps fractions of a microsecond: priority 254 at 10 ms skews by 78.125 us', () => {
    assert.equal(skewTime(3, 254, ms(10)), 78.125);
  });

  it('of version 2 is in 256ths of a second, whatever the interval', () => {
    assert.equal(skewTime(2, 100, ms(1000)), ms(609.375));
    assert.equal(skewTime(2, 100, ms(255_000)), ms(609.375));
  });

  it('sets priorities 20 apart further apart than a millisecond timer errs, from 100 ms on', () => {
    for (const priority of [254, 234, 214, 194]) {
      const gap = skewTime(3, priority - 20, ms(100)) - skewTime(3, priority, ms(100));
      assert.equal(gap, ms(7.8125));
    }
  });
});

describe('Active_Down_Interval', () => {
  // Milliseconds for priorities 254, 200, 100 and 1, rounded as published: vendors' tables and our own arithmetic agree.
  const table: readonly (readonly [number, readonly number[], number])[] = [
    [10, [30.1, 32.2, 36.1, 40.0], 6.1],
    [50, [150.4, 160.9, 180.5, 199.8], 30.5],
    [100, [300.8, 321.9, 360.9, 399.6], 60.9],
    [250, [752, 805, 902, 999], 152],
    [330, [993, 1062, 1191, 1319], 201],
    [1000, [3008, 3219, 3609, 3996], 609],
  ];
  for (const [interval, down, skew] of table) {
    it(`at ${interval} ms is ${down.join(', ')} ms for priorities 254, 200, 100, 1`, () => {
      const priorities = [254, 200, 100, 1];
      for (const [index, expected] of down.entries()) {
        const actual = activeDownInterval(3, priorities[index]!, ms(interval)) / 1000;
        assert.ok(Math.abs(actual - expected) <= (interval < 250 ? 0.06 : 1), `${actual} is not ${expected}`);
      }
      assert.ok(Math.abs(skewTime(3, 100, ms(interval)) / 1000 - skew) <= (interval < 250 ? 0.05 : 1));
    });
  }

  it('of version 2 is three intervals and the unscaled skew', () => {
    assert.equal(activeDownInterval(2, 100, ms(10_000)), ms(30_609.375));
  });
});

describe('the bounds that follow from it', () => {
  it('peers wait two more intervals and the smallest skew after a missed advert', () => {
    assert.equal(peersPatience(3, ms(256)), ms(512 + 2));
    assert.equal(peersPatience(3, ms(256)), activeDownInterval(3, 254, ms(256)) - ms(256));
  });

  it('a leaving Active outlasts the most patient peer, and 300 ms', () => {
    for (const interval of [10, 100, 250, 1000, 40_950]) {
      assert.ok(leavingBound(ms(interval)) > activeDownInterval(3, 1, ms(interval)));
      assert.ok(leavingBound(ms(interval)) >= ms(300));
    }
    assert.ok(leavingBound(ms(1000)) > activeDownInterval(2, 1, ms(1000)));
  });
});

describe('priority 0 is said again', () => {
  it('after 50 ms where nobody else is a member, and never later than an interval', () => {
    assert.equal(resignationInterval(3, undefined, ms(1000)), ms(50));
    assert.equal(resignationInterval(3, undefined, ms(10)), ms(10));
    assert.equal(resignationInterval(3, 1, ms(250)), ms(250));
  });

  it('at most half as often as would postpone the lowest member', () => {
    for (const lowest of [254, 200, 129])
      assert.ok(resignationInterval(3, lowest, ms(1000)) >= 2 * skewTime(3, lowest, ms(1000)));
    assert.equal(resignationInterval(2, 200, ms(1000)), 2 * skewTime(2, 200, ms(1000)));
  });
});
