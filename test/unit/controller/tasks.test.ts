import assert from 'node:assert/strict';
import { createTaskQueue, perform, type Reconcilers, type TaskName } from '../../../src/controller/tasks.js';
import { createManualClock } from '../platform/kubernetes/manual-clock.js';

const names: readonly TaskName[] = [
  'service',
  'groups',
  'status',
  'aged',
  'lease',
  'valid',
  'bgp',
  'exclusions',
  'waiting',
];

/** Each says which one it is, and for what key. */
function reconcilersThat(note: (done: string) => void): Reconcilers {
  const entries = names.map((name) => [
    name,
    async (key: string) => {
      note(`${name} of ${key}`);
      return undefined;
    },
  ]);
  return Object.fromEntries(entries);
}

describe('a task', () => {
  it('is done by the reconciler of its name, for the rest of it as key', async () => {
    const done: string[] = [];
    const reconcilers = reconcilersThat((each) => done.push(each));
    await perform(reconcilers, 'service/default/web');
    await perform(reconcilers, 'bgp/bgpconfs/default');
    await perform(reconcilers, 'waiting/');
    assert.deepEqual(done, ['service of default/web', 'bgp of bgpconfs/default', 'waiting of ']);
  });
});

describe('the queue of tasks', () => {
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  it('drops what comes while nobody leads: a leader begins with everything', async () => {
    const done: string[] = [];
    const queue = createTaskQueue({ clock: createManualClock(), log });
    queue.add([{ task: 'service/x/early' }]);
    assert.equal(queue.isOpen(), false);
    assert.equal(queue.stats(), undefined);
    queue.open(reconcilersThat((each) => done.push(each)));
    queue.add([{ task: 'service/x/web' }]);
    await settled();
    assert.equal(queue.stats()?.done, 1);
    const closed = queue.close();
    queue.add([{ task: 'service/x/late' }]);
    await closed;
    await settled();
    assert.deepEqual(done, ['service of x/web']);
    assert.equal(queue.isOpen(), false);
  });

  it('does what is due at once in its order, and what is put off when its time has come', async () => {
    const done: string[] = [];
    const clock = createManualClock();
    const queue = createTaskQueue({ clock, log });
    queue.open(reconcilersThat((each) => done.push(each)));
    queue.add([{ task: 'status/a', afterMs: 500 }, { task: 'service/x/web' }, { task: 'groups/a' }]);
    await settled();
    assert.deepEqual(done, ['service of x/web', 'groups of a']);
    clock.advance(499);
    await settled();
    assert.equal(done.length, 2);
    clock.advance(1);
    await settled();
    assert.deepEqual(done.slice(2), ['status of a']);
    await queue.close();
  });
});
