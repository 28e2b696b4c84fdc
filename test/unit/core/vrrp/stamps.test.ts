import assert from 'node:assert/strict';
import { isLater, nextStamp, secondsBetween, stampOf } from '../../../../src/core/vrrp/stamps.js';

const at = { seconds: 0x68000000, fraction: 0x8000, counter: 0 };
const utcOf = (seconds: number) => seconds * 1_000_000;

describe('the stamp of an advert', () => {
  it('is the clock in units of 2^-16 s', () => {
    assert.deepEqual(stampOf(utcOf(0x68000000) + 500_000), at);
    assert.deepEqual(stampOf(utcOf(0x68000000) + 15.2), { seconds: 0x68000000, fraction: 0, counter: 0 });
    assert.deepEqual(stampOf(utcOf(0x68000000) + 999_990).fraction, 0xffff);
  });

  it('is ordered by seconds, then the fraction, then the counter', () => {
    const sorted = [
      at,
      { ...at, counter: 65535 },
      { ...at, fraction: 0x8001 },
      { ...at, seconds: at.seconds + 1, fraction: 0 },
    ];
    for (const [i, a] of sorted.entries())
      for (const [j, b] of sorted.entries()) assert.equal(isLater(a, b), i > j, `${i} ${j}`);
  });

  it('keeps its order when the 32 bits of seconds begin anew, in 2106', () => {
    const last = stampOf(utcOf(2 ** 32 - 1));
    const next = stampOf(utcOf(2 ** 32 + 1));
    assert.deepEqual([next.seconds, isLater(next, last), isLater(last, next)], [1, true, false]);
    assert.equal(secondsBetween(next, last), 2);
  });

  it('goes with the clock', () => {
    assert.deepEqual(nextStamp(undefined, utcOf(5), 5), stampOf(utcOf(5)));
    assert.deepEqual(nextStamp(stampOf(utcOf(5)), utcOf(6), 5), stampOf(utcOf(6)));
  });

  it('is never used twice, though the clock stands still or goes back a little', () => {
    let last = nextStamp(undefined, utcOf(100), 5);
    for (const utc of [utcOf(100), utcOf(100), utcOf(99), utcOf(95), utcOf(100)]) {
      const next = nextStamp(last, utc, 5);
      assert.ok(isLater(next, last));
      last = next;
    }
  });

  it('counts the adverts of one instant, so that nothing runs ahead of the clock', () => {
    const first = nextStamp(undefined, utcOf(100), 5);
    const second = nextStamp(first, utcOf(100), 5);
    assert.deepEqual(second, { ...first, counter: 1 });
    assert.deepEqual(nextStamp({ ...first, counter: 0xfffe }, utcOf(100), 5), { ...first, counter: 0xffff });
  });

  it('carries a full counter into the fraction, and a full fraction into the seconds', () => {
    const full = { seconds: 9, fraction: 7, counter: 0xffff };
    assert.deepEqual(nextStamp(full, utcOf(9), 5), { seconds: 9, fraction: 8, counter: 0 });
    const brim = { seconds: 9, fraction: 0xffff, counter: 0xffff };
    assert.deepEqual(nextStamp(brim, utcOf(9), 5), { seconds: 10, fraction: 0, counter: 0 });
  });

  it('begins anew with the clock that was set back by more than receivers allow', () => {
    assert.deepEqual(nextStamp(stampOf(utcOf(4000)), utcOf(100), 5), stampOf(utcOf(100)));
  });
});
