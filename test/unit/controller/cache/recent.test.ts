import assert from 'node:assert/strict';
import { createRecent } from '../../../../src/controller/cache/recent.js';
import type { LastList } from '../../../../src/platform/kubernetes/cache.js';

describe('what was just written', () => {
  it('is believed until the cache is as new', () => {
    const { recent, cache } = fixture(object('a', '5'));
    recent.wrote(object('a', '7', 'ours'));
    assert.equal(recent.get('a')?.text, 'ours');
    cache.set('a', object('a', '6', 'old'));
    assert.equal(recent.get('a')?.text, 'ours');
    cache.set('a', object('a', '10', 'newer'));
    assert.equal(recent.get('a')?.text, 'newer');
  });

  it('is in the list once, also when the cache has not seen it', () => {
    const { recent } = fixture(object('a', '5'));
    recent.wrote(object('a', '7', 'ours'));
    recent.wrote(object('b', '8', 'new'));
    assert.deepEqual(
      [...recent.list()].map(({ text }) => text),
      ['ours', 'new'],
    );
  });

  it('may be a deletion, until the name is used again', () => {
    const { recent, cache } = fixture(object('a', '5'));
    recent.removed(object('a', '5'));
    assert.equal(recent.get('a'), undefined);
    assert.deepEqual([...recent.list()], []);
    cache.set('a', object('a', '9', 'again', 'another-uid'));
    assert.equal(recent.get('a')?.text, 'again');
  });

  it('is forgotten when the cache sees the object go', () => {
    const { recent, cache } = fixture(object('a', '5'));
    recent.wrote(object('a', '7'));
    const previous = cache.get('a');
    cache.delete('a');
    recent.seen('a', undefined, previous);
    assert.equal(recent.get('a'), undefined);
  });

  it('outlives the end of a former object by that name', () => {
    const { recent, cache } = fixture(object('a', '5'));
    recent.wrote(object('a', '9', 'successor', 'another-uid'));
    const previous = cache.get('a');
    cache.delete('a');
    recent.seen('a', undefined, previous);
    assert.equal(recent.get('a')?.text, 'successor');
  });

  it('is believed however late the watch is, and whatever it left out', () => {
    const { recent, cache, pass } = fixture(object('a', '5', 'old'));
    recent.wrote(object('a', '7', 'ours'));
    recent.wrote(object('b', '8', 'ours'));
    pass(3_600_000);
    cache.set('c', object('c', '9'));
    recent.seen('c', object('c', '9'), undefined);
    assert.equal(recent.get('a')?.text, 'ours');
    assert.equal(recent.get('b')?.text, 'ours');
  });

  it('counts no more once a list has told everything up to it', () => {
    const { recent, list } = fixture();
    recent.wrote(object('a', '7'));
    list({ version: '6', history: 0 });
    assert.notEqual(recent.get('a'), undefined);
    list({ version: '7', history: 0 });
    assert.equal(recent.get('a'), undefined);
  });

  it('is told of when a list shows that it is gone, although the cache has never heard of it', () => {
    const { recent, cache, list } = fixture();
    recent.wrote(object('a', '7'));
    recent.wrote(object('b', '8'));
    recent.wrote(object('c', '20'));
    cache.set('b', object('b', '9'));
    list({ version: '10', history: 0 });
    assert.deepEqual(
      recent.listed().map(({ metadata }) => metadata.name),
      ['a'],
    );
    assert.deepEqual(recent.listed(), [], 'once');
    assert.notEqual(recent.get('c'), undefined);
  });

  it('counts no more once the store has gone back in time', () => {
    const { recent, list } = fixture();
    recent.wrote(object('a', '700'));
    list({ version: '20', history: 1 });
    assert.equal(recent.get('a'), undefined);
  });

  it('does not bring back what was seen to go before the answer came', () => {
    const { recent, cache, pass } = fixture(object('a', '5'));
    const previous = cache.get('a');
    cache.delete('a');
    recent.seen('a', undefined, previous);
    recent.wrote(object('a', '6', 'the answer to a write before that'));
    assert.equal(recent.get('a'), undefined);
    recent.wrote(object('a', '9', 'successor', 'another-uid'));
    assert.equal(recent.get('a')?.text, 'successor');
    pass(1_000_000);
    assert.equal(recent.get('a')?.text, 'successor');
  });
});

interface Thing {
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
  readonly text: string;
}

function object(name: string, resourceVersion: string, text = '', uid = `uid-${name}`): Thing {
  return { metadata: { name, uid, resourceVersion }, text };
}

function fixture(...objects: readonly Thing[]) {
  const cache = new Map(objects.map((each) => [each.metadata.name, each]));
  let now = 0;
  let lastList: LastList = { version: undefined, history: 0 };
  const view = { get: (key: string) => cache.get(key), list: () => cache.values(), lastList: () => lastList };
  const recent = createRecent<Thing>(view, () => now);
  const list = (next: LastList) => {
    lastList = next;
  };
  const pass = (ms: number) => {
    now += ms;
  };
  return { recent, cache, pass, list };
}
