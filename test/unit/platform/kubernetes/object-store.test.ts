import assert from 'node:assert/strict';
import { createObjectStore, isOlderVersion } from '../../../../src/platform/kubernetes/object-store.js';

const object = (name: string, resourceVersion: string, uid = name) => ({ metadata: { name, uid, resourceVersion } });

describe('an object store', () => {
  it('takes a list for the truth, also where it is older', () => {
    const store = createObjectStore();
    store.put(object('a', '10'));
    store.put(object('b', '11'));
    const older = object('a', '9');
    assert.deepEqual(store.replace([older]), [
      { key: 'a', object: older, previous: object('a', '10') },
      { key: 'b', object: undefined, previous: object('b', '11') },
    ]);
    assert.deepEqual([...store.list()], [older]);
  });

  it('says nothing of what a list repeats', () => {
    const store = createObjectStore();
    store.put(object('a', '10'));
    assert.deepEqual(store.replace([object('a', '10')]), []);
    assert.deepEqual(store.put(object('a', '10')), []);
  });

  it('sees in a list that an object was made anew while nobody looked', () => {
    const store = createObjectStore();
    const [first, second] = [object('a', '10', 'one'), object('a', '20', 'two')];
    store.replace([first]);
    assert.deepEqual(store.replace([second]), [
      { key: 'a', object: undefined, previous: first },
      { key: 'a', object: second, previous: undefined },
    ]);
  });

  it('ignores what is older than what it holds, and a deletion of what it does not hold', () => {
    const store = createObjectStore();
    store.put(object('a', '10'));
    assert.equal(store.put(object('a', '9')), undefined);
    assert.equal(store.remove(object('a', '9')), undefined);
    assert.deepEqual(store.remove(object('b', '11')), []);
    assert.equal(store.size, 1);
    assert.deepEqual(store.remove(object('a', '10')), [{ key: 'a', object: undefined, previous: object('a', '10') }]);
  });

  it('orders versions as numbers of any length and claims no order of anything else', () => {
    assert.equal(isOlderVersion('9', '10'), true);
    assert.equal(isOlderVersion('10', '9'), false);
    assert.equal(isOlderVersion('10', '10'), false);
    assert.equal(isOlderVersion('18446744073709551615', '18446744073709551616'), true);
    for (const odd of ['', 'x', '1a', undefined]) {
      assert.equal(isOlderVersion(odd, '10'), false);
      assert.equal(isOlderVersion('10', odd), false);
    }
  });
});
