import assert from 'node:assert/strict';
import { sharedGroupOf } from '../../../../src/agent/draining/announcers.js';
import type { VipGroupSpec } from '../../../../src/api/vip-group.js';

const member = (node: string, address?: string, lastResort?: string) => ({
  node,
  priority: 100,
  ...(address && { address }),
  ...(lastResort && { lastResort }),
});
const shared = (spec: Partial<VipGroupSpec> = {}) =>
  sharedGroupOf(
    {
      metadata: { name: 'web' },
      spec: {
        protocol: 'bgp',
        addresses: ['198.51.100.1'],
        members: [member('n2', '192.0.2.2'), member('n1', '192.0.2.1', 'Cordoned'), member('n3')],
        drainConnections: '1m',
        ...spec,
      },
    },
    'n2',
  );

describe('who announces the addresses of a group together with a node', () => {
  it('are the members whose address is known, by the names of their nodes', () => {
    const { window, shared: found } = shared()!;
    assert.equal(window, 60_000_000);
    assert.equal(found?.own, '192.0.2.2');
    assert.deepEqual(found?.announcers.get('198.51.100.1')?.list, [
      { address: '192.0.2.1', leaves: true },
      { address: 'self', leaves: false },
    ]);
  });

  it('is by default a matter of groups of an Eip', () => {
    const members = [member('n2', '192.0.2.2')];
    const group = { protocol: 'bgp' as const, addresses: ['198.51.100.1'], members };
    const windowOf = (spec: VipGroupSpec) => sharedGroupOf({ metadata: { name: 'web' }, spec }, 'n2')?.window;
    assert.equal(windowOf({ ...group, eip: 'pool' }), 300_000_000);
    assert.equal(windowOf(group), 0);
  });

  it('are none of another family, nor two of one address', () => {
    const members = [member('n1', '2001:db8::1'), member('n2', '192.0.2.2'), member('n3', '192.0.2.2')];
    assert.equal(shared({ members })!.shared!.announcers.get('198.51.100.1')!.list.length, 1);
  });

  it('is nothing for a node whose own address nobody says, nor with another protocol', () => {
    assert.equal(shared({ members: [member('n1', '192.0.2.1'), member('n2')] }), undefined);
    assert.equal(shared({ protocol: 'layer2' }), undefined);
  });

  it('is another choice when a node is to be left, and for an address with endpoints when these are elsewhere', () => {
    const choice = (spec: Partial<VipGroupSpec>) => shared(spec)!.shared!.announcers.get('198.51.100.1')!.choice;
    const all = [member('n1', '192.0.2.1'), member('n2', '192.0.2.2'), member('n3')];
    assert.notEqual(choice({ members: all }), choice({}));
    assert.notEqual(choice({ members: all, onlyOn: { '198.51.100.1': ['n1'] } }), choice({ members: all }));
  });
});
