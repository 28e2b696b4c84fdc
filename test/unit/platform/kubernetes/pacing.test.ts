import assert from 'node:assert/strict';
import { createBackoff } from '../../../../src/platform/kubernetes/backoff.js';
import { pause } from '../../../../src/platform/kubernetes/clock.js';
import { microTime } from '../../../../src/platform/kubernetes/micro-time.js';
import { createTokenBucket } from '../../../../src/platform/kubernetes/token-bucket.js';
import { createManualClock } from './manual-clock.js';

describe('a back-off', () => {
  it('draws each delay from zero to a ceiling that doubles up to its cap', () => {
    let chance = 1;
    const backoff = createBackoff({ baseMs: 200, capMs: 1000, random: () => chance });
    assert.deepEqual(
      [backoff.next(), backoff.next(), backoff.next(), backoff.next(), backoff.next()],
      [200, 400, 800, 1000, 1000],
    );
    chance = 0.25;
    assert.equal(backoff.next(), 250);
    backoff.reset();
    assert.equal(backoff.next(), 50);
  });
});

describe('a token bucket', () => {
  it('gives its burst at once and then at its rate', () => {
    const bucket = createTokenBucket({ perSecond: 10, burst: 2 });
    assert.deepEqual(
      [0, 0, 0, 99, 100, 100].map((now) => bucket.tryTake(now)),
      [true, true, false, false, true, false],
    );
    assert.deepEqual(
      [10_000, 10_000, 10_000].map((now) => bucket.tryTake(now)),
      [true, true, false],
      'it saves up no more than its burst',
    );
  });

  it('is full again when all that was taken has come back', () => {
    const bucket = createTokenBucket({ perSecond: 10, burst: 2 });
    assert.equal(bucket.isFull(0), true);
    bucket.tryTake(0);
    bucket.tryTake(0);
    assert.deepEqual(
      [0, 100, 199, 200, 10_000].map((now) => bucket.isFull(now)),
      [false, false, false, true, true],
    );
  });

  it('lends at its rate', () => {
    const bucket = createTokenBucket({ perSecond: 10, burst: 1 });
    assert.deepEqual(
      [0, 0, 0].map((now) => bucket.reserve(now)),
      [0, 100, 200],
    );
    assert.equal(bucket.reserve(200), 100);
  });
});

describe('a pause', () => {
  it('ends when its time has passed or when it is aborted, and leaves nothing behind', async () => {
    const clock = createManualClock();
    const first = pause(clock, 100);
    clock.advance(100);
    await first;
    const stop = new AbortController();
    const second = pause(clock, 100, stop.signal);
    stop.abort();
    await second;
    await pause(clock, 100, stop.signal);
    assert.deepEqual(clock.pending(), []);
  });
});

describe('MicroTime', () => {
  it('has six digits, whatever the milliseconds', () => {
    const at = Date.UTC(2026, 1, 3, 4, 5, 6);
    assert.equal(microTime(at), '2026-02-03T04:05:06.000000Z');
    assert.equal(microTime(at + 7), '2026-02-03T04:05:06.007000Z');
    assert.equal(microTime(at + 7.25), '2026-02-03T04:05:06.007250Z');
  });
});
