import assert from 'node:assert/strict';
import { createTracker, type Timers, type TrackedCheck } from '../../../../src/agent/tracking/tracker.js';
import type { CheckResult } from '../../../../src/core/tracking/check.js';

/** Time by hand: `advance` runs what is due, and what that leads to. */
function handTimers(): Timers & { advance(milliseconds: number): Promise<void> } {
  let now = 0;
  const waiting = new Set<{ at: number; callback: () => void }>();
  return {
    after: (milliseconds, callback) => {
      const entry = { at: now + milliseconds, callback };
      waiting.add(entry);
      return () => void waiting.delete(entry);
    },
    advance: async (milliseconds) => {
      const until = now + milliseconds;
      for (;;) {
        const due = [...waiting].filter((entry) => entry.at <= until).sort((a, b) => a.at - b.at)[0];
        if (due === undefined) break;
        now = Math.max(now, due.at);
        waiting.delete(due);
        due.callback();
        await new Promise(setImmediate);
      }
      now = until;
    },
  };
}

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
      changes.push(`${group} ${fitness.fit ? fitness.priority : fitness.reason}`),
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
    assert.deepEqual(tracker.fitness('a'), { fit: false, reason: 'check web fails: it has not run yet' });
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
    assert.deepEqual(tracker.fitness('a'), { fit: true, priority: 100 });
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
    assert.deepEqual(tracker.fitness('a'), { fit: true, priority: 200 });
    await timers.advance(0);
    assert.deepEqual(changes, ['a 200', 'a check web fails: refused']);
  });

  it('lets a check that a fit group gets pass until its first result, which decides', async () => {
    const tracker = start();
    tracker.track([{ group: 'a', priority: 200, checks: [] }]);
    target = bad;
    tracker.track([{ group: 'a', priority: 200, checks: [check()] }]);
    assert.deepEqual(tracker.fitness('a'), { fit: true, priority: 200 });
    await timers.advance(0);
    assert.deepEqual(changes, ['a check web fails: refused']);
  });

  it('starts a failed check anew when its target changed: it must pass first', async () => {
    const tracker = start();
    target = bad;
    tracker.track([{ group: 'a', priority: 200, checks: [check()] }]);
    await timers.advance(0);
    tracker.track([{ group: 'a', priority: 200, checks: [check({ identity: 'web at another port' })] }]);
    assert.deepEqual(tracker.fitness('a'), { fit: false, reason: 'check web fails: it has not run yet' });
  });
});
