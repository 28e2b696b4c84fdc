import assert from 'node:assert/strict';
import { isBehind } from '../../../../src/agent/status/behind.js';
import { createWorkQueue } from '../../../../src/platform/kubernetes/work-queue.js';
import { createManualClock } from '../../platform/kubernetes/manual-clock.js';

describe('what an agent has to say', () => {
  let clock: ReturnType<typeof createManualClock>;
  let outcome: () => Promise<void>;
  const turns = async () => {
    for (let i = 0; i < 5; i += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  const queueOf = () => createWorkQueue({ reconcile: () => outcome(), clock });

  beforeEach(() => {
    clock = createManualClock();
  });

  it('is behind while a write has failed, also while it is tried again, until it is done', async () => {
    const queue = queueOf();
    outcome = async () => {
      throw new Error('no');
    };
    queue.add('a');
    await turns();
    assert.equal(isBehind(queue), true);
    let done = () => {};
    outcome = () =>
      new Promise((resolve) => {
        done = resolve;
      });
    clock.advance(60_000);
    await turns();
    assert.equal(queue.stats().running, 1);
    assert.equal(isBehind(queue), true);
    done();
    await turns();
    assert.equal(isBehind(queue), false);
  });

  it('is behind while a write takes more than a second, and not before', async () => {
    const queue = queueOf();
    outcome = () => new Promise(() => {});
    queue.add('a');
    await turns();
    clock.advance(1_000);
    assert.equal(isBehind(queue), false);
    clock.advance(1);
    assert.equal(isBehind(queue), true);
  });

  it('is not behind by what is to be looked at later', async () => {
    const queue = queueOf();
    queue.addAfter('a', 5_000);
    assert.equal(isBehind(queue), false);
  });
});
