import assert from 'node:assert/strict';
import type { Eip } from '../../../../src/api/eip.js';
import { validateVipGroup } from '../../../../src/api/validate.js';
import type { VipGroup } from '../../../../src/api/vip-group.js';
import { sameSpec, specOf } from '../../../../src/controller/groups/spec.js';
import { keepNode, type Node } from '../../../../src/controller/objects/builtin-objects.js';
import { groupOf } from '../../../../src/controller/objects/group.js';
import { parseIp } from '../../../../src/core/ip/address.js';
import type { Group } from '../../../../src/core/placement/group.js';

const eip: Eip = {
  metadata: { name: 'lan' },
  spec: {
    address: '192.0.2.0/24',
    protocol: 'vip',
    interface: 'eth0',
    vrrp: { version: 2, advertisementInterval: '1s', groups: 3 },
  },
};
const group: Group = {
  name: 'lan-0',
  family: 4,
  addresses: [parseIp('192.0.2.1')!],
  virtualRouterId: 7,
  members: [
    { node: 'b', priority: 254 },
    { node: 'a', priority: 234 },
  ],
};
const node = (name: string): Node => ({
  metadata: { name },
  status: {
    addresses: [
      { type: 'InternalIP', address: 'fd00::1' },
      { type: 'InternalIP', address: name === 'a' ? '10.0.0.1' : '10.0.0.2' },
    ],
  },
});

describe('the VipGroup of a group', () => {
  it('is on the NIC of a subnet where the Eip names none', () => {
    const { interface: _, ...spec } = eip.spec;
    const on = (near: string, named = '') =>
      specOf(group, { ...eip, spec: { ...spec, interface: named } }, undefined, node, { near: parseIp(near) })
        .interface;
    assert.equal(on('192.0.2.7'), 'subnet_of:192.0.2.7');
    assert.equal(on('2001:db8::5'), 'subnet_of:2001:db8::5');
    assert.equal(on('192.0.2.7', 'eth1'), 'eth1');
  });

  it('says what an agent needs, and passes its checks', () => {
    const spec = specOf(group, eip, undefined, node);
    assert.deepEqual(spec, {
      eip: 'lan',
      protocol: 'vip',
      interface: 'eth0',
      ipFamily: 'IPv4',
      addresses: ['192.0.2.1'],
      addressCount: 1,
      vrrp: { version: 2, advertisementInterval: '1s', virtualRouterId: 7 },
      members: [
        { node: 'b', priority: 254 },
        { node: 'a', priority: 234 },
      ],
    });
    const manifest = {
      apiVersion: 'network.kubesphere.io/v1alpha2',
      kind: 'VipGroup',
      metadata: { name: 'lan-0' },
      spec,
    };
    assert.equal(validateVipGroup(manifest, { strict: true }).ok, true);
    assert.deepEqual(groupOf(manifest as VipGroup), group);
  });

  for (const [claim, changes, expected] of [
    ['a cordoned node is a member of last resort', { spec: { unschedulable: true } }, 'Cordoned'],
    ['so is one that is not Ready', { conditions: [{ type: 'Ready', status: 'False' }] }, 'NotReady'],
    ['so is one that Kubernetes has lost sight of', { conditions: [{ type: 'Ready', status: 'Unknown' }] }, 'NotReady'],
    ['one that is Ready is not', { conditions: [{ type: 'Ready', status: 'True' }] }, undefined],
    ['nor one that says nothing of it', {}, undefined],
  ] as const) {
    it(`says of each member whether it leads only when no other can: ${claim}`, () => {
      const { spec, conditions } = changes as { spec?: Node['spec']; conditions?: [] };
      const changed = (name: string): Node => {
        const { metadata, status } = node(name);
        if (name === 'a') return { metadata, ...(status === undefined ? {} : { status }) };
        return keepNode({
          metadata,
          ...(spec ? { spec } : {}),
          status: { ...status, ...(conditions ? { conditions } : {}) },
        });
      };
      const { members } = specOf(group, eip, undefined, changed);
      assert.deepEqual(
        members.map((member) => [member.node, member.priority, member.lastResort]),
        [
          ['b', 254, expected],
          ['a', 234, undefined],
        ],
      );
    });
  }

  it('names the key that its Eip names', () => {
    const authentication = { keys: 'lan', keyId: 2, mode: 'permissive', timeWindow: '10s' } as const;
    const signed: Eip = { ...eip, spec: { ...eip.spec, vrrp: { authentication } } };
    const spec = specOf(group, signed, undefined, node);
    assert.deepEqual(spec.vrrp, { authentication, virtualRouterId: 7 });
    assert.ok(!sameSpec(spec, specOf(group, { ...eip, spec: { ...eip.spec, vrrp: {} } }, undefined, node)));
  });

  it('says of no member where its adverts come from before it has reported that: its InternalIP may be on another NIC', () => {
    assert.deepEqual(
      specOf(group, eip, undefined, node).members.map(({ address }) => address),
      [undefined, undefined],
    );
  });

  it('says where a member reported that its adverts come from, and goes on saying so when the report is gone', () => {
    const present = objectOf({ members: [{ node: 'a', address: '172.16.0.1' }] });
    const spec = specOf(group, eip, present, node);
    assert.equal(spec.members[1]?.address, '172.16.0.1');
    assert.equal(specOf(group, eip, { ...present, spec, status: {} }, node).members[1]?.address, '172.16.0.1');
  });

  describe('whose Eip says that adverts come from the InternalIP', () => {
    const unnumbered: Eip = { ...eip, spec: { ...eip.spec, vrrp: { source: 'InternalIP' } } };
    const addresses = (of: Group, present?: VipGroup) =>
      specOf(of, unnumbered, present, node).members.map(({ address }) => address);

    it('says so of each member, and to agents in no other way', () => {
      assert.deepEqual(addresses(group), ['10.0.0.2', '10.0.0.1']);
      assert.deepEqual(specOf(group, unnumbered, undefined, node).vrrp, { virtualRouterId: 7 });
    });

    it('goes by what a member reports all the same: its NIC may have an address of its own', () => {
      const present = objectOf({ members: [{ node: 'a', address: '172.16.0.1' }] });
      assert.deepEqual(addresses(group, present), ['10.0.0.2', '172.16.0.1']);
    });

    it('follows the Node when that gets another address, which nobody could report', () => {
      const before = { ...objectOf({}), spec: specOf(group, unnumbered, undefined, node) };
      const moved = (name: string): Node => ({
        ...node(name),
        status: { addresses: [{ type: 'InternalIP', address: '10.9.9.9' }] },
      });
      assert.equal(specOf(group, unnumbered, before, moved).members[0]?.address, '10.9.9.9');
    });

    it('says nothing of IPv6, whose adverts come from a link-local address', () => {
      assert.deepEqual(addresses({ ...group, family: 6, addresses: [parseIp('2001:db8::1')!] }), [
        undefined,
        undefined,
      ]);
    });
  });

  it('of IPv6 has the addresses that members reported, and none besides; its version is 3', () => {
    const six: Group = { ...group, family: 6, addresses: [parseIp('2001:db8::1')!] };
    const present = objectOf({
      members: [
        { node: 'a', address: 'fe80::a' },
        { node: 'b', address: '10.0.0.2' },
      ],
    });
    const spec = specOf(six, eip, present, node);
    assert.deepEqual(
      spec.members.map(({ address }) => address),
      [undefined, 'fe80::a'],
    );
    assert.equal(spec.vrrp?.version, undefined);
  });

  it("carries the Eip's checks, in their order", () => {
    const checks = [
      { name: 'web', tcp: '127.0.0.1:80' },
      { name: 'disk', command: 'disk', args: ['-w', '90'], weight: 30 },
    ];
    const checked: Eip = { ...eip, spec: { ...eip.spec, vrrp: { ...eip.spec.vrrp, checks } } };
    assert.deepEqual(specOf(group, checked, undefined, node).vrrp?.checks, checks);
  });

  it('is the same in another order of members and fields, and another with another priority', () => {
    const spec = specOf(group, eip, undefined, node);
    assert.ok(sameSpec(spec, { ...spec, members: [...spec.members].reverse() }));
    assert.ok(
      !sameSpec(spec, {
        ...spec,
        members: spec.members.map((member) => ({ ...member, priority: member.priority - 1 })),
      }),
    );
    assert.ok(!sameSpec(spec, { ...spec, addresses: [] }));
  });
});

function objectOf(status: VipGroup['status']): VipGroup {
  return {
    metadata: { name: 'lan-0' },
    spec: { protocol: 'vip', addresses: [], members: [] },
    ...(status ? { status } : {}),
  };
}
