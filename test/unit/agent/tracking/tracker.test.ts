import assert from 'node:assert/strict';
import type { TrackedCheck } from '../../../../src/agent/tracking/running-check.js';
import { createTracker } from '../../../../src/agent/tracking/tracker.js';
import type { CheckResult } from '../../../../src/core/tracking/check.js';
import { handTimers } from './hand-timers.js';

describe('the tracker', () => {
  const ok: CheckResult = { ok: true };
  const bad: CheckResult = { ok: false, reason: 'refused' };
  let timers: ReturnType<typeof handTimers>;
  let target: CheckResult;
  let runs: number;
  let changes: string[];
  const check = (over: Partial<TrackedCheck> = {}): TrackedCheck => ({
    name: 'web',
    identity: 'web',
    rise: 1,
    fall: 2,
    intervalMs: 1000,
    timeoutMs: 500,
    probe: async () => {
      runs += 1;
      return target;
    },
    ...over,
  });
  const start = () =>
    createTracker(timers, (group, fitness) =>
      changes.push(`${group} ${fitness.fit ? fitness.priority : fitness.reasons.join()}`),
    );

  beforeEach(() => {
    timers = handTimers();
    target = ok;
    runs = 0;
    changes = [];
  });

  it('keeps a group out until its checks have passed once, and says so', async () => {
    const tracker = start();
    tracker.track([{ group: 'a', priority: 200, checks: [check()] }]);
    assert.deepEqual(tracker.fitness('a'), {
      fit: false,
      reasons: ['check web fails: it has not run yet'],
      unknown: true,
    });
    await timers.advance(0);
    assert.deepEqual(changes, ['a 200']);
  });

  it('tells a change once, after `fall` failures in a row', async () => {
    const tracker = start();
    tracker.track([{ group: 'a', priority: 200, checks: [check({ weight: 60 })] }]);
    await timers.advance(0);
    target = bad;
    await timers.advance(1000);
    assert.deepEqual(changes, ['a 200']);
    await timers.advance(5000);
    assert.deepEqual(changes, ['a 200', 'a 140']);
    target = ok;
    await timers.advance(1000);
    assert.deepEqual(changes, ['a 200', 'a 140', 'a 200']);
  });

  it('ends a check that takes too long', async () => {
    const tracker = start();
    const hanging = check({
      probe: (signal) =>
        new Promise((resolve) =>
          signal.addEventListener('abort', () => resolve({ ok: false, reason: 'no answer in time' })),
        ),
    });
    tracker.track([{ group: 'a', priority: 200, checks: [hanging] }]);
    await timers.advance(500);
    assert.deepEqual(changes, ['a check web fails: no answer in time']);
  });

  it('keeps the verdict of a check that stays when the groups change', async () => {
    const tracker = start();
    tracker.track([{ group: 'a', priority: 200, checks: [check()] }]);
    await timers.advance(0);
    tracker.track([{ group: 'a', priority: 100, checks: [check()] }]);
    assert.deepEqual(tracker.fitness('a'), { fit: true, priority: 100, reasons: [] });
  });

  it('forgets a group that is gone and runs none of its checks any more', async () => {
    const tracker = start();
    tracker.track([{ group: 'a', priority: 200, checks: [check()] }]);
    await timers.advance(0);
    tracker.track([]);
    const before = runs;
    await timers.advance(10_000);
    assert.equal(runs, before);
    assert.equal(tracker.fitness('a'), undefined);
  });

  it('lets a passing check whose target changed pass until its first result, which decides', async () => {
    const tracker = start();
    tracker.track([{ group: 'a', priority: 200, checks: [check()] }]);
    await timers.advance(0);
    target = bad;
    tracker.track([{ group: 'a', priority: 200, checks: [check({ identity: 'web at another port' })] }]);
    assert.deepEqual(tracker.fitness('a'), { fit: true, priority: 200, reasons: [] });
    await timers.advance(0);
    assert.deepEqual(changes, ['a 200', 'a check web fails: refused']);
  });

  it('lets a check that a fit group gets pass until its first result, which decides', async () => {
    const tracker = start();
    tracker.track([{ group: 'a', priority: 200, checks: [] }]);
    target = bad;
    tracker.track([{ group: 'a', priority: 200, checks: [check()] }]);
    assert.deepEqual(tracker.fitness('a'), { fit: true, priority: 200, reasons: [] });
    await timers.advance(0);
    assert.deepEqual(changes, ['a check web fails: refused']);
  });

  it('starts a failed check anew when its target changed: it must pass first', async () => {
    const tracker = start();
    target = bad;
    tracker.track([{ group: 'a', priority: 200, checks: [check()] }]);
    await timers.advance(0);
    tracker.track([{ group: 'a', priority: 200, checks: [check({ identity: 'web at another port' })] }]);
    assert.deepEqual(tracker.fitness('a'), {
      fit: false,
      reasons: ['check web fails: it has not run yet'],
      unknown: true,
    });
  });

  it('fails a check that never ends, does not begin it again meanwhile, and goes on when it does end', async () => {
    const tracker = start();
    let end = (_: CheckResult) => {};
    const hanging = check({
      probe: () => {
        runs += 1;
        return new Promise((resolve) => {
          end = resolve;
        });
      },
    });
    tracker.track([{ group: 'a', priority: 200, checks: [hanging] }]);
    await timers.advance(1000);
    assert.deepEqual(changes, ['a check web fails: it did not end in time']);
    await timers.advance(5000);
    assert.equal(runs, 1);
    assert.deepEqual(changes.at(-1), 'a check web fails: the try before has not ended yet');
    end(ok);
    await timers.advance(2000);
    assert.equal(runs, 2);
  });

  it('fails a try that rejects, which no probe should, and begins the next all the same', async () => {
    const tracker = start();
    let broken = true;
    const probe = async () => {
      if (broken) throw new Error('broken');
      return ok;
    };
    tracker.track([{ group: 'a', priority: 200, checks: [check({ probe })] }]);
    await timers.advance(0);
    assert.deepEqual(tracker.fitness('a'), { fit: false, reasons: ['check web fails: internal error: broken'] });
    broken = false;
    await timers.advance(1000);
    assert.deepEqual(changes.at(-1), 'a 200');
  });

  describe('with a check that says when there is something new', () => {
    let wake: () => void;
    let watched: number;
    const file = (over: Partial<TrackedCheck> = {}) =>
      check({
        watch: (callback) => {
          wake = callback;
          watched += 1;
          return () => {
            watched -= 1;
          };
        },
        ...over,
      });
    beforeEach(() => {
      watched = 0;
      target = { ok: true, adjustment: 10 };
    });

    it('makes it at once, and the next one an interval later', async () => {
      const tracker = start();
      tracker.track([{ group: 'a', priority: 200, checks: [file()] }]);
      await timers.advance(300);
      target = { ok: true, adjustment: -20 };
      wake();
      await timers.advance(0);
      assert.deepEqual(changes, ['a 210', 'a 180']);
      await timers.advance(999);
      assert.equal(runs, 2);
      await timers.advance(1);
      assert.equal(runs, 3);
    });

    it('makes it once more when that was said during a try', async () => {
      const results: ((result: CheckResult) => void)[] = [];
      const slow = file({ probe: () => new Promise((resolve) => results.push(resolve)) });
      const tracker = start();
      tracker.track([{ group: 'a', priority: 200, checks: [slow] }]);
      await timers.advance(0);
      wake();
      wake();
      assert.equal(results.length, 1, 'not at the same time');
      results[0]!({ ok: true });
      await new Promise(setImmediate);
      await timers.advance(0);
      assert.equal(results.length, 2);
    });

    it('stays between the bounds of the group', async () => {
      const tracker = start();
      tracker.track([{ group: 'a', priority: 2, bounds: { lowest: 1, highest: 3 }, checks: [file()] }]);
      await timers.advance(0);
      assert.deepEqual(changes, ['a 3']);
    });

    it('keeps what it said when its target changes, until the first result', async () => {
      const tracker = start();
      tracker.track([{ group: 'a', priority: 200, checks: [file()] }]);
      await timers.advance(0);
      tracker.track([{ group: 'a', priority: 200, checks: [file({ identity: 'another file' })] }]);
      assert.equal((tracker.fitness('a') as { priority: number }).priority, 210);
      assert.equal(watched, 1);
    });

    it('does not listen to it any more when it is gone', async () => {
      const tracker = start();
      tracker.track([{ group: 'a', priority: 200, checks: [file()] }]);
      await timers.advance(0);
      tracker.track([{ group: 'a', priority: 200, checks: [] }]);
      assert.equal(watched, 0);
      wake();
      await timers.advance(5000);
      assert.equal(runs, 1);
    });
  });
});
