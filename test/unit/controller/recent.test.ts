import assert from 'node:assert/strict';
import { createRecent } from '../../../src/controller/recent.js';

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

  it('is not believed for ever', () => {
    const { recent, pass } = fixture();
    recent.wrote(object('a', '7'));
    pass(31_000);
    assert.equal(recent.get('a'), undefined);
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
  const recent = createRecent<Thing>({ get: (key) => cache.get(key), list: () => cache.values() }, () => now);
  const pass = (ms: number) => {
    now += ms;
  };
  return { recent, cache, pass };
}
