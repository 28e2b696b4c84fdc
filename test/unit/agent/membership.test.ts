import assert from 'node:assert/strict';
import { membershipOf } from '../../../src/agent/membership.js';
import type { VipGroup } from '../../../src/api/vip-group.js';

const group = (spec: Partial<VipGroup['spec']> = {}): VipGroup => ({
  metadata: { name: 'web' },
  spec: {
    protocol: 'vip',
    interface: 'eth0',
    addresses: ['192.0.2.100'],
    vrrp: { virtualRouterId: 51 },
    members: [
      { node: 'a', priority: 254, address: '192.0.2.1' },
      { node: 'b', priority: 234, address: '192.0.2.2' },
    ],
    ...spec,
  },
});

describe("a node's part in a group", () => {
  it('has the defaults of the product', () => {
    assert.deepEqual(membershipOf(group(), 'a'), {
      name: 'web',
      answer: 'nic',
      interface: { name: 'eth0' },
      family: 4,
      version: 3,
      virtualRouterId: 51,
      formerIds: [],
      priority: 254,
      bestPeer: 234,
      worstPeer: 234,
      advertisementInterval: 250_000,
      preempt: false,
      preemptDelay: 0,
      yields: false,
      virtualMac: false,
      checksum: 'pseudo-header',
      transport: 'multicast',
      addresses: [Uint8Array.of(192, 0, 2, 100)],
      source: Uint8Array.of(192, 0, 2, 1),
      sourceStands: {
        field: 'spec.members[0].address of VipGroup web',
        remedy: 'the controller corrects it once it has heard of it',
      },
      peers: [Uint8Array.of(192, 0, 2, 2)],
      peerPriorities: [234],
      absentUpTo: 0,
    });
  });

  for (const [text, expected] of [
    ['eth0, eno*', { names: ['eth0', 'eno*'] }],
    ['en*', { names: ['en*'] }],
    ['subnet_of:198.51.100.0', { subnetOf: Uint8Array.of(198, 51, 100, 0) }],
    ['', { subnetOf: Uint8Array.of(192, 0, 2, 100) }],
    [undefined, { subnetOf: Uint8Array.of(192, 0, 2, 100) }],
  ] as const) {
    it(`is on the NIC that ${text} chooses`, () => {
      const { interface: _, ...spec } = group().spec;
      const object = { ...group(), spec: { ...spec, ...(text === undefined ? {} : { interface: text }) } };
      assert.deepEqual(membershipOf(object, 'a')!.interface, expected);
    });
  }
  it('says where its own address stands in a file', () => {
    assert.deepEqual(membershipOf(group(), 'b', '/etc/web.yaml')!.sourceStands, {
      field: 'spec.members[1].address in /etc/web.yaml',
      remedy: 'correct it there',
    });
  });

  it('is that of last resort where the group says so, and of others it knows which are', () => {
    const spec = {
      vrrp: { virtualRouterId: 51, preempt: true },
      members: [
        { node: 'a', priority: 254, lastResort: 'Cordoned' },
        { node: 'b', priority: 234 },
      ],
    };
    const [a, b] = ['a', 'b'].map((node) => membershipOf(group(spec), node)!);
    assert.deepEqual([a!.priority, a!.bestPeer, a!.lastResort, a!.lastResorts], [2, 234, 'Cordoned', 2]);
    assert.deepEqual([b!.priority, b!.bestPeer, b!.lastResort, b!.lastResorts], [234, 2, undefined, 2]);
    assert.equal(b!.preempt, true);
  });

  it('is as ever where all members are of last resort, except that nobody preempts', () => {
    const spec = {
      vrrp: { virtualRouterId: 51, preempt: true },
      members: [
        { node: 'a', priority: 254, lastResort: 'Cordoned' },
        { node: 'b', priority: 234, lastResort: 'NotReady' },
      ],
    };
    const part = membershipOf(group(spec), 'a')!;
    assert.deepEqual([part.priority, part.bestPeer, part.lastResorts, part.preempt], [254, 234, undefined, false]);
  });

  it('preempts while the group has no address, whatever it is told, since then nothing is lost', () => {
    const vrrp = { virtualRouterId: 51, preemptDelay: '1m' };
    const empty = membershipOf(group({ addresses: [], ipFamily: 'IPv4', vrrp }), 'a')!;
    assert.deepEqual([empty.preempt, empty.preemptDelay], [true, 0]);
    const used = membershipOf(group({ vrrp }), 'a')!;
    assert.deepEqual([used.preempt, used.preemptDelay], [false, 60_000_000]);
  });

  it('follows the settings of the group', () => {
    const vrrp = {
      virtualRouterId: 7,
      version: 2,
      advertisementInterval: '2s',
      preempt: true,
      preemptDelay: '1m',
    } as const;
    const part = membershipOf(group({ protocol: 'layer2', interface: 'can_reach:198.51.100.1', vrrp }), 'b')!;
    assert.equal(part.answer, 'responder');
    assert.deepEqual(part.interface, { canReach: Uint8Array.of(198, 51, 100, 1) });
    assert.deepEqual(
      [part.version, part.advertisementInterval, part.preempt, part.preemptDelay],
      [2, 2_000_000, true, 60_000_000],
    );
  });

  it('asks a leader whether it lives as often as the group says, three times if it does not say', () => {
    const part = (fastDetection: { interval: string; multiplier?: number } | undefined) =>
      membershipOf(group({ vrrp: { virtualRouterId: 7, ...(fastDetection && { fastDetection }) } }), 'a')!
        .fastDetection;
    assert.deepEqual(part({ interval: '10ms' }), { interval: 10_000, multiplier: 3 });
    assert.deepEqual(part({ interval: '20ms', multiplier: 5 }), { interval: 20_000, multiplier: 5 });
    assert.equal(part(undefined), undefined);
  });

  it('asks no leader whether it lives where the group says so', () => {
    const part = (askLeader?: boolean) =>
      membershipOf(group({ vrrp: { virtualRouterId: 7, ...(askLeader !== undefined && { askLeader }) } }), 'a')!
        .asksLeader;
    assert.deepEqual([part(), part(true), part(false)], [undefined, undefined, false]);
  });

  it('knows of its own addresses which the leader was last said to leave to another host', () => {
    const status = {
      notHeld: [
        { address: '192.0.2.100', reason: 'AnsweredElsewhere', neverHeld: true },
        { address: '192.0.2.101', reason: 'AnsweredElsewhere' },
        { address: '192.0.2.102', reason: 'Refused' },
        { address: '192.0.2.103', reason: 'AnsweredElsewhere' },
        { address: 'nonsense', reason: 'AnsweredElsewhere' },
      ],
    };
    const addresses = ['192.0.2.100', '192.0.2.101', '192.0.2.102'];
    assert.deepEqual(membershipOf({ ...group({ addresses }), status }, 'b')?.notHeld, [
      { address: Uint8Array.of(192, 0, 2, 100), neverHeld: true },
      { address: Uint8Array.of(192, 0, 2, 101), neverHeld: false },
    ]);
  });

  it('is none for a node that is no member, and for a group that BGP announces', () => {
    assert.equal(membershipOf(group(), 'c'), undefined);
    assert.equal(membershipOf(group({ protocol: 'bgp' }), 'a'), undefined);
  });

  it('knows the highest priority of a member without an address of the family of the adverts', () => {
    const members = [
      { node: 'a', priority: 254 },
      { node: 'b', priority: 234 },
    ]; // prettier-ignore
    assert.equal(membershipOf(group({ members }), 'a')!.absentUpTo, 234);
    assert.equal(membershipOf(group({ members }), 'b')!.absentUpTo, 254);
    const unicast = { virtualRouterId: 51, transport: 'unicast' } as const;
    assert.equal(membershipOf(group({ members, vrrp: unicast }), 'a')!.absentUpTo, 0, 'who has none is silent');
    const mixed = membershipOf(group({ addresses: ['2001:db8::1'] }), 'a')!;
    assert.deepEqual([mixed.family, mixed.absentUpTo, mixed.peers, mixed.source], [6, 234, [], undefined]);
  });

  it('takes a member without such an address for one of any priority where track files may raise it', () => {
    const members = [
      { node: 'a', priority: 254 },
      { node: 'b', priority: 234 },
    ]; // prettier-ignore
    const upTo = (check: object) =>
      membershipOf(group({ members, vrrp: { virtualRouterId: 51, checks: [{ name: 'c', ...check }] } }), 'a')!
        .absentUpTo;
    assert.equal(upTo({ file: 'boost' }), 254);
    assert.equal(upTo({ file: 'flag', multiplier: 0 }), 234);
    assert.equal(upTo({ tcp: 'a:1', weight: 10 }), 234);
  });

  it('says whether checks may change the priorities of members', () => {
    const weighs = (check: object) =>
      membershipOf(group({ vrrp: { virtualRouterId: 51, checks: [{ name: 'c', ...check }] } }), 'a')!.weighs;
    assert.equal(weighs({ tcp: 'a:1' }), undefined);
    assert.equal(weighs({ file: 'flag', multiplier: 0 }), undefined);
    assert.equal(weighs({ tcp: 'a:1', weight: 10 }), true);
    assert.equal(weighs({ file: 'drain' }), true);
  });

  it('of a group without addresses goes by the addresses of its members, else IPv4', () => {
    const members = [{ node: 'a', priority: 254, address: 'fe80::1' }];
    assert.equal(membershipOf(group({ addresses: [], members }), 'a')!.family, 6);
    assert.equal(membershipOf(group({ addresses: [], members: [{ node: 'a', priority: 1 }] }), 'a')!.family, 4);
  });

  it('over IPv6 always speaks version 3', () => {
    const vrrp = { virtualRouterId: 7, version: 2 } as const;
    assert.equal(membershipOf(group({ addresses: ['2001:db8::1'], vrrp }), 'a')!.version, 3);
  });
});
