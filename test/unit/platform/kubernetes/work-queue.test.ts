import assert from 'node:assert/strict';
import { ApiError } from '../../../../src/platform/kubernetes/api-error.js';
import {
  type Again,
  createWorkQueue,
  overtaken,
  type WorkQueueOptions,
} from '../../../../src/platform/kubernetes/work-queue.js';
import { turns } from './eventually.js';
import { createManualClock, type ManualClock } from './manual-clock.js';

describe('a work queue', () => {
  let clock: ManualClock;
  /** Starts of runs, in order. */
  let started: string[];
  /** Runs under way: call to end one. */
  let ends: Map<string, (result?: Again | Error) => void>;

  beforeEach(() => {
    clock = createManualClock();
    started = [];
    ends = new Map();
  });

  const queueOf = (o: Partial<WorkQueueOptions> = {}) =>
    createWorkQueue({
      clock,
      reconcile: (key) => {
        started.push(key);
        return new Promise((resolve, reject) => {
          ends.set(key, (result) => {
            ends.delete(key);
            if (result instanceof Error) reject(result);
            else resolve(result);
          });
        });
      },
      ...o,
    });
  const end = async (key: string, result?: Again | Error) => {
    ends.get(key)?.(result);
    await turns(1);
  };

  it('starts within the same turn of the event loop when it is idle', async () => {
    const queue = queueOf();
    queue.add('a');
    assert.deepEqual(started, [], 'not before the one who adds has finished');
    await Promise.resolve();
    assert.deepEqual(started, ['a']);
  });

  it('runs a key once however often it was added while waiting', async () => {
    const queue = queueOf();
    for (const key of ['a', 'b', 'a', 'b', 'b']) queue.add(key);
    await turns(1);
    assert.deepEqual(queue.stats().depth, 1);
    await end('a');
    await end('b');
    assert.deepEqual(started, ['a', 'b']);
    assert.equal(queue.stats().done, 2);
  });

  it('never runs a key twice at a time, and runs it again when it was added meanwhile', async () => {
    const queue = queueOf({ concurrency: 3 });
    queue.add('a');
    await turns(1);
    queue.add('a');
    queue.add('a');
    queue.add('b');
    await turns(1);
    assert.deepEqual(started, ['a', 'b']);
    await end('a');
    assert.deepEqual(started, ['a', 'b', 'a']);
    await end('a');
    assert.deepEqual(started, ['a', 'b', 'a']);
  });

  it('runs as many keys at once as it may, first come first served', async () => {
    const queue = queueOf({ concurrency: 2 });
    for (const key of ['a', 'b', 'c', 'd']) queue.add(key);
    await turns(1);
    assert.deepEqual(started, ['a', 'b']);
    await end('b');
    assert.deepEqual(started, ['a', 'b', 'c']);
    assert.equal(queue.stats().running, 2);
  });

  it('tries a failing key again after 20 ms, 40, 80 … up to the cap, and afresh after a success', async () => {
    const delays: number[] = [];
    const queue = queueOf({
      retry: { baseMs: 20, capMs: 100 },
      onError: (_key, _error, { retryMs }) => delays.push(retryMs),
    });
    queue.add('a');
    await turns(1);
    for (let i = 0; i < 4; i += 1) {
      await end('a', new Error('no'));
      clock.advance(delays.at(-1)! - 1);
      await turns(1);
      assert.equal(started.length, i + 1);
      clock.advance(1);
      await turns(1);
      assert.equal(started.length, i + 2);
    }
    await end('a');
    queue.add('a');
    await turns(1);
    await end('a', new Error('no'));
    assert.deepEqual(delays, [20, 40, 80, 100, 20]);
    assert.equal(queue.stats().failed, 5);
  });

  it('waits as long as the server asked', async () => {
    const queue = queueOf();
    queue.add('a');
    await turns(1);
    await end('a', new ApiError({ method: 'GET', path: '/', status: {}, code: 429, retryAfterMs: 3000 }));
    assert.deepEqual(clock.pending(), [3000]);
  });

  it('holds all retries together to a rate', async () => {
    const delays: number[] = [];
    const queue = queueOf({
      concurrency: 10,
      retry: { baseMs: 1, capMs: 1 },
      retryRate: { perSecond: 10, burst: 2 },
      onError: (_key, _error, { retryMs }) => delays.push(retryMs),
    });
    for (const key of 'abcde') queue.add(key);
    await turns(1);
    for (const key of 'abcde') await end(key, new Error('no'));
    assert.deepEqual(delays, [1, 1, 100, 200, 300]);
  });

  it('runs a key that changed at once, although it is waiting for a retry', async () => {
    const queue = queueOf({ retry: { baseMs: 5000, capMs: 5000 } });
    queue.add('a');
    await turns(1);
    await end('a', new Error('no'));
    queue.add('a');
    await turns(1);
    assert.deepEqual(started, ['a', 'a']);
    assert.deepEqual(clock.pending(), [], 'the retry is no longer needed');
  });

  it('runs a key again after as long as its reconciler said', async () => {
    const queue = queueOf();
    queue.add('a');
    await turns(1);
    await end('a', { after: 500 });
    clock.advance(499);
    await turns(1);
    assert.equal(started.length, 1);
    clock.advance(1);
    await turns(1);
    assert.equal(started.length, 2);
  });

  it('keeps the earlier of two delays for a key', async () => {
    const queue = queueOf();
    queue.addAfter('a', 300);
    queue.addAfter('a', 100);
    queue.addAfter('a', 200);
    assert.deepEqual(clock.pending(), [100]);
    queue.addAfter('b', 0);
    await turns(1);
    assert.deepEqual(started, ['b']);
  });

  it('survives a reconciler that throws before it returns a promise', async () => {
    const errors: unknown[] = [];
    const queue = createWorkQueue({
      clock,
      onError: (_key, error) => errors.push(error),
      reconcile() {
        throw new Error('at once');
      },
    });
    queue.add('a');
    await turns(1);
    assert.match(String(errors[0]), /at once/);
    assert.equal(queue.stats().running, 0);
  });

  it('tries what was overtaken again, later each time, without calling it a failure', async () => {
    const failures: string[] = [];
    const queue = queueOf({ onError: (key) => failures.push(key) });
    queue.add('a');
    await turns(1);
    for (const expected of [20, 40, 80]) {
      await end('a', overtaken);
      assert.deepEqual(clock.pending(), [expected]);
      clock.advance(expected);
      await turns(1);
    }
    await end('a');
    queue.add('a');
    await turns(1);
    await end('a', overtaken);
    assert.deepEqual(clock.pending(), [20], 'after a success the delay is short again');
    assert.deepEqual(failures, []);
    assert.equal(queue.stats().failed, 0);
  });

  it('when closed finishes what is running, and drops what is waiting or delayed', async () => {
    const failures: string[] = [];
    const queue = queueOf({ onError: (key) => failures.push(key) });
    queue.add('a');
    queue.add('b');
    queue.addAfter('c', 1000);
    await turns(1);
    let closed = false;
    const closing = queue.close().then(() => {
      closed = true;
    });
    queue.add('d');
    await turns(1);
    assert.equal(closed, false);
    await end('a', new Error('too late to retry'));
    await closing;
    assert.deepEqual(started, ['a']);
    assert.deepEqual(failures, [], 'nothing is tried again, so nobody is told that it is');
    assert.deepEqual(clock.pending(), []);
    assert.deepEqual([queue.stats().depth, queue.stats().delayed], [0, 0]);
  });

  it('reports depth, how long keys waited and how long runs take', async () => {
    const runs: object[] = [];
    const queue = queueOf({ onDone: (run) => runs.push(run) });
    queue.add('a');
    queue.add('b');
    await turns(1);
    clock.advance(30);
    assert.deepEqual(queue.stats(), {
      depth: 1,
      running: 1,
      delayed: 0,
      added: 2,
      done: 0,
      failed: 0,
      failing: 0,
      longestRunningMs: 30,
    });
    await end('a');
    clock.advance(5);
    await end('b');
    assert.deepEqual(runs, [
      { key: 'a', waitedMs: 0, tookMs: 30, ok: true },
      { key: 'b', waitedMs: 30, tookMs: 5, ok: true },
    ]);
    await queue.idle();
  });
});
