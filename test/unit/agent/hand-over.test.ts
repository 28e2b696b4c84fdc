import assert from 'node:assert/strict';
import { closeAll, handOver, within } from '../../../src/agent/hand-over.js';

const never = new Promise<never>(() => {});

/** An agent of which each part says what it is told. */
function parts() {
  const done: string[] = [];
  const note = (what: string) => async () => void done.push(what);
  const feed = {
    farewell: async () => ({ how: 'drain', text: 'it goes' }) as const,
    source: { stop: note('source stops') },
    close: note('feed closes'),
  };
  const agent = { release: async (how: string) => void done.push(`releases ${how}`) };
  const bgp = {
    peers: () => [],
    leave: async ({ how }: { readonly how: string }) => void done.push(`leaves routers: ${how}`),
  };
  const warned: string[] = [];
  const log = { info() {}, warn: (message: string) => void warned.push(message) };
  return { done, warned, o: { feed, agent, bgp, log, boundsMs: { source: 5, feed: 5 } } };
}

describe('an agent that is to stop', () => {
  it('takes no more orders, then lets go of everything, and closes last', async () => {
    const { done, warned, o } = parts();
    assert.equal(await handOver(o), 'done');
    assert.deepEqual(done, ['source stops', 'releases in-order', 'leaves routers: drain', 'feed closes']);
    assert.deepEqual(warned, []);
  });

  it('lets go of everything though what orders come from does not stop, and says so', async () => {
    const { done, warned, o } = parts();
    await handOver({ ...o, feed: { ...o.feed, source: { stop: () => never } } });
    assert.deepEqual(done, ['releases in-order', 'leaves routers: drain', 'feed closes']);
    assert.deepEqual(warned, ['what says which groups there are takes too long to stop: going on without it']);
  });

  it('is done though what it is fed by does not close', async () => {
    const { done, o } = parts();
    assert.equal(await handOver({ ...o, feed: { ...o.feed, close: () => never } }), 'done');
    assert.equal(done.length, 3);
  });

  it('before it has begun lets go of nothing, and of routers so that the next agent may go on', async () => {
    const { done, o } = parts();
    await handOver({ ...o, feed: undefined, agent: undefined });
    assert.deepEqual(done, ['leaves routers: restart']);
  });
});

describe('closing parts', () => {
  it('closes the last first, and the others though one never ends', async () => {
    const closed: string[] = [];
    const closer = (name: string, ended: Promise<unknown>) => () => {
      closed.push(name);
      return ended.then(() => closed.push(`${name} ended`));
    };
    const done = Promise.resolve();
    await closeAll([closer('signals', done), closer('thread', never), closer('engine', done)], 5);
    assert.deepEqual(closed, ['engine', 'engine ended', 'thread', 'signals', 'signals ended']);
  });
});

describe('waiting within a bound', () => {
  it('gives what comes in time, also an error, or says that it is late', async () => {
    assert.equal(await within(1_000, Promise.resolve(7)), 7);
    await assert.rejects(within(1_000, Promise.reject(new Error('no'))), /no/);
    assert.equal(await within(1, never), 'late');
  });
});
