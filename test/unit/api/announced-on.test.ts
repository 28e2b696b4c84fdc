import assert from 'node:assert/strict';
import { announcedOn, announcers, announcersOf } from '../../../src/api/announced-on.js';
import type { VipGroupSpec } from '../../../src/api/vip-group.js';

const [a, b] = ['192.0.2.1', '192.0.2.2'];

function group(o: { readonly cordoned?: readonly string[]; readonly onlyOn?: VipGroupSpec['onlyOn'] }): VipGroupSpec {
  const members = ['n1', 'n2', 'n3'].map((node) => ({
    node,
    priority: 100,
    ...(o.cordoned?.includes(node) ? { lastResort: 'Cordoned' } : {}),
  }));
  return { protocol: 'bgp', addresses: [a, b], members, ...(o.onlyOn === undefined ? {} : { onlyOn: o.onlyOn }) };
}

describe('the addresses of a group of protocol bgp', () => {
  it('are announced by every member', () => {
    for (const node of ['n1', 'n2', 'n3']) assert.deepEqual(announcedOn(group({}), node), [a, b]);
    assert.deepEqual(announcersOf(group({}), a), ['n1', 'n2', 'n3']);
  });

  it('are not announced by who is no member', () => {
    assert.deepEqual(announcedOn(group({}), 'n4'), []);
  });

  it('are announced by a member of last resort only while there is no other', () => {
    const one = group({ cordoned: ['n1'] });
    assert.deepEqual(announcedOn(one, 'n1'), []);
    assert.deepEqual(announcedOn(one, 'n2'), [a, b]);
    assert.deepEqual(announcers(one), ['n2', 'n3']);
    const all = group({ cordoned: ['n1', 'n2', 'n3'] });
    assert.deepEqual(announcedOn(all, 'n1'), [a, b]);
    assert.deepEqual(announcers(all), ['n1', 'n2', 'n3']);
  });

  it('are announced by those that are named, where some are', () => {
    const local = group({ onlyOn: { [a]: ['n2'] } });
    assert.deepEqual(announcedOn(local, 'n1'), [b]);
    assert.deepEqual(announcedOn(local, 'n2'), [a, b]);
    assert.deepEqual(announcersOf(local, a), ['n2']);
  });

  it('are announced by nobody where the list is empty', () => {
    const none = group({ onlyOn: { [a]: [] } });
    assert.deepEqual(announcersOf(none, a), []);
    for (const node of ['n1', 'n2', 'n3']) assert.deepEqual(announcedOn(none, node), [b]);
  });

  it('stay on a member of last resort that alone can serve one of them, and that one only', () => {
    const local = group({ cordoned: ['n1'], onlyOn: { [a]: ['n1'] } });
    assert.deepEqual(announcedOn(local, 'n1'), [a]);
    assert.deepEqual(announcersOf(local, a), ['n1']);
    assert.deepEqual(announcers(local), ['n1', 'n2', 'n3']);
  });

  it('say the same by node as by address', () => {
    const local = group({ cordoned: ['n3'], onlyOn: { [a]: ['n1', 'n3'] } });
    for (const address of [a, b]) {
      const byNode = ['n1', 'n2', 'n3'].filter((node) => announcedOn(local, node).includes(address));
      assert.deepEqual(byNode, announcersOf(local, address));
    }
  });
});
