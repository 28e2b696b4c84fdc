import assert from 'node:assert/strict';
import { rebalanceAnnotation } from '../../../src/api/annotations.js';
import type { Eip } from '../../../src/api/eip.js';
import type { VipGroup } from '../../../src/api/vip-group.js';
import { type Change, followUps, type View } from '../../../src/controller/follow-ups.js';

const eip = (name: string, annotations: Record<string, string> = {}): Eip => ({
  metadata: { name, annotations },
  spec: { address: '192.0.2.0/24', protocol: 'vip' },
});

/** A group that `n1` is to lead, and does. */
function group(name: string, change: { spec?: Partial<VipGroup['spec']>; status?: VipGroup['status'] } = {}): VipGroup {
  const { virtualRouterId = 1 } = change.spec?.vrrp ?? {};
  return {
    metadata: { name },
    spec: {
      eip: name.slice(0, name.lastIndexOf('-')),
      protocol: 'vip',
      addresses: ['192.0.2.1'],
      members: [
        { node: 'n1', priority: 254 },
        { node: 'n2', priority: 234 },
      ],
      ...change.spec,
      vrrp: { virtualRouterId },
    },
    status: { holder: 'n1', members: [{ node: 'n1', state: 'Active' }], ...change.status },
  };
}

function viewOf(o: {
  services?: readonly string[];
  eips?: readonly Eip[];
  groups?: readonly VipGroup[];
  nodes?: readonly string[];
  aged?: readonly string[];
  refused?: readonly string[];
  silent?: readonly string[];
  bgp?: readonly string[];
  local?: readonly string[];
  metallb?: boolean;
}): View {
  const listed = <T extends { readonly metadata: { readonly name: string } }>(objects: readonly T[] = []) => ({
    get: (key: string) => objects.find(({ metadata }) => metadata.name === key),
    list: () => objects,
  });
  const services = (o.services ?? []).map((key) => {
    const [namespace = '', name = ''] = key.split('/');
    return { metadata: { namespace, name } };
  });
  return {
    world: {
      services: listed(services),
      eips: listed(o.eips),
      vipGroups: listed(o.groups),
      node: (name) => (o.nodes?.includes(name) ? { metadata: { name } } : undefined),
      bgpObjects: () => o.bgp ?? [],
    },
    assignments: {
      ledger: { holding: (key) => ({ terms: { local: o.local?.includes(key) === true } }) as never },
      grants: () => [{ address: { family: 4, value: 1n }, pool: 'a' }],
    },
    isAged: ({ metadata }) => o.aged?.includes(metadata.name) === true,
    refusedGroups: () => o.refused ?? [],
    silentNodes: () => o.silent ?? [],
    metallb: o.metallb === true ? {} : undefined,
  };
}

/** `task` or `task after milliseconds`. */
const follow = (change: Change, o: Parameters<typeof viewOf>[0] = {}): readonly string[] =>
  followUps(change, viewOf(o)).map(({ task, afterMs }) => (afterMs === undefined ? task : `${task} after ${afterMs}`));

describe('from a change follows', () => {
  const services = ['x/web', 'y/dns'];
  const eips = [eip('a'), eip('b')];

  it('of a Service: that Service', () => {
    assert.deepEqual(follow({ of: 'service', key: 'x/web' }, { services, eips }), ['service/x/web']);
  });

  it('of labels of Services that have been read: every Service', () => {
    assert.deepEqual(follow({ of: 'service-labels' }, { services, eips }), ['service/x/web', 'service/y/dns']);
  });

  it('of an Eip’s status: its status alone, which may have been written by somebody else', () => {
    assert.deepEqual(follow({ of: 'eip', name: 'a', what: 'status' }, { services, eips }), ['status/a']);
  });

  it('of notes on an Eip: its groups besides', () => {
    assert.deepEqual(follow({ of: 'eip', name: 'a', what: 'notes' }, { services, eips }), ['status/a', 'groups/a']);
  });

  it('of a pool: every Service, then its groups; and the status of each Eip, which it may overlap', () => {
    const tasks = follow({ of: 'eip', name: 'a', what: 'definition' }, { services, eips });
    assert.deepEqual(tasks, ['status/a', 'service/x/web', 'service/y/dns', 'status/a', 'status/b', 'groups/a']);
  });

  it('of a Namespace: its Services', () => {
    assert.deepEqual(follow({ of: 'namespace', name: 'y' }, { services }), ['service/y/dns']);
  });

  it("of MetalLB's objects, or of what may be made of them: our objects, only where its are followed", () => {
    const changes: readonly Change[] = [
      { of: 'metallb' },
      { of: 'eip', name: 'a', what: 'status' },
      { of: 'bgp-object', key: 'bgppeers/a', what: 'definition' },
      { of: 'namespace', name: 'x' },
      { of: 'metallb-runs' },
      { of: 'leadership' },
    ];
    for (const change of changes) {
      assert.ok(follow(change, { metallb: true }).includes('metallb/ after 200'), change.of);
      assert.ok(!follow(change).some((task) => task.startsWith('metallb')), change.of);
    }
    assert.deepEqual(follow({ of: 'metallb-runs' }, { services: ['x/web'] }), ['service/x/web']);
  });

  it('of endpoints: the groups of what a Service has, only where it is Local', () => {
    assert.deepEqual(follow({ of: 'endpoints', service: 'x/web' }, { local: ['x/web'] }), ['groups/a']);
    assert.deepEqual(follow({ of: 'endpoints', service: 'x/web' }), []);
  });

  it('of a node: every group and, gathered, every status; the Lease of its agent where it is gone', () => {
    const all = ['groups/a', 'groups/b', 'status/a after 500', 'status/b after 500'];
    assert.deepEqual(follow({ of: 'node', name: 'n1' }, { eips, nodes: ['n1'] }), all);
    assert.deepEqual(follow({ of: 'node', name: 'n1' }, { eips }), [...all, 'lease/n1']);
  });

  it('of what agents say of their networks: every group', () => {
    assert.deepEqual(follow({ of: 'networks' }, { eips }), ['groups/a', 'groups/b']);
  });

  it('of an agent that fell silent: a look at its Lease', () => {
    assert.deepEqual(follow({ of: 'agent', node: 'n1' }), ['lease/n1']);
  });

  it('of what is left out of pools: that those whom it concerns are told, once for many changes', () => {
    assert.deepEqual(follow({ of: 'exclusions' }), ['exclusions/ after 100']);
  });

  it('of what is said of sessions: the BgpPeer, once for many nodes', () => {
    const change: Change = { of: 'bgp-object', key: 'bgppeers/tor', what: 'status' };
    assert.deepEqual(follow(change, { bgp: ['bgpconfs/default', 'bgppeers/tor'] }), ['bgp/bgppeers/tor after 200']);
  });

  it('of what nodes do by a BgpConf or BgpPeer: that one, the others, and who announces by BGP', () => {
    const routed = { ...group('a-0'), spec: { ...group('a-0').spec, protocol: 'bgp' as const } };
    const change: Change = { of: 'bgp-object', key: 'bgpconfs/default', what: 'definition' };
    assert.deepEqual(
      follow(change, {
        bgp: ['bgpconfs/default', 'bgppeers/tor'],
        groups: [routed, group('b-0')],
        aged: ['a-0', 'b-0'],
      }),
      [
        'bgp/bgpconfs/default',
        'bgp/bgpconfs/default after 200',
        'bgp/bgppeers/tor after 200',
        'aged/a-0',
        'status/a after 500',
      ],
    );
  });

  it('of how a group stands: the status of its Eip, and what the group says of those who are silent', () => {
    const change: Change = { of: 'standing', group: group('a-0') };
    assert.deepEqual(follow(change), ['status/a after 500']);
    assert.deepEqual(follow(change, { aged: ['a-0'] }), ['aged/a-0', 'status/a after 500']);
  });

  it('of a group that is wrong: a word on it a while later, since it may be put right before', () => {
    const groups = [group('a-0')];
    assert.deepEqual(follow({ of: 'validity', name: 'a-0', refused: true }, { groups }), [
      'groups/a',
      'valid/a-0 after 1000',
    ]);
    assert.deepEqual(follow({ of: 'validity', name: 'a-0', refused: false }, { groups }), ['valid/a-0 after 1000']);
    assert.deepEqual(follow({ of: 'validity', name: 'by-hand', refused: true }), ['valid/by-hand after 1000']);
  });

  it('of leadership: everything, Services before the groups that are made from what they have', () => {
    const groups = [group('a-0'), group('gone-0')];
    const invalid = group('b-0', {
      status: {
        conditions: [{ type: 'Valid', status: 'False', reason: 'InvalidSpec', message: 'm', lastTransitionTime: 't' }],
      },
    });
    const tasks = follow(
      { of: 'leadership' },
      {
        services,
        eips,
        groups: [...groups, invalid],
        aged: ['a-0'],
        refused: ['by-hand'],
        silent: ['n3'],
        bgp: ['bgpconfs/default'],
      },
    );
    assert.deepEqual(tasks, [
      'service/x/web',
      'service/y/dns',
      'groups/a',
      'groups/b',
      'groups/a',
      'groups/gone',
      'groups/b',
      'valid/by-hand',
      'aged/a-0',
      'valid/b-0',
      'lease/n3',
      'status/a',
      'status/b',
      'bgp/bgpconfs/default',
    ]);
  });
});

describe('from a change of a group follows', () => {
  const before = group('a-0');
  const from = (object: VipGroup | undefined, o: Parameters<typeof viewOf>[0] = {}) =>
    follow({ of: 'group', object, previous: before }, o);

  it('nothing, where only its version is another', () => {
    assert.deepEqual(from({ ...before, metadata: { name: 'a-0', resourceVersion: '8' } }), []);
  });

  it('a look at the groups of its Eip, where its spec is not what was planned', () => {
    assert.deepEqual(from(group('a-0', { spec: { addresses: [] } })), ['groups/a']);
  });

  it('a look at those of both Eips, where it went from one to another', () => {
    assert.deepEqual(from(group('a-0', { spec: { eip: 'b' } })), ['groups/b', 'groups/a']);
  });

  it('the status of its Eip, where another node holds it; its groups, since that node is not the preferred one', () => {
    assert.deepEqual(from(group('a-0', { status: { holder: 'n2' } })), ['status/a after 500', 'groups/a']);
  });

  it('a look at the groups of an Eip that names no NIC, where one has its first leader: addresses may wait for it', () => {
    const object = group('a-0', { spec: { addresses: [] } });
    const { holder: _, ...unled } = object.status ?? {};
    const led = (spec: Partial<Eip['spec']>) => {
      const one = eip('a');
      const eips = [{ ...one, spec: { ...one.spec, ...spec } }];
      return follow({ of: 'group', object, previous: { ...object, status: unled } }, { eips });
    };
    assert.deepEqual(led({}), ['status/a after 500', 'groups/a']);
    assert.deepEqual(led({ interface: 'eth0' }), ['status/a after 500']);
    assert.deepEqual(led({ protocol: 'bgp' }), ['status/a after 500']);
  });

  it('nothing for the plan, where the preferred leader says something else of itself and goes on to lead', () => {
    const now = group('a-0', { status: { members: [{ node: 'n1', state: 'Active', message: 'm' }] } });
    assert.deepEqual(from(now), []);
  });

  it('a step of the rebalancing that its Eip is in, at each word of its members', () => {
    const now = group('a-0', { status: { members: [{ node: 'n1', state: 'Active', message: 'm' }] } });
    const eips = [eip('a', { [rebalanceAnnotation]: 'true' })];
    assert.deepEqual(from(now, { eips }), ['groups/a']);
  });

  it('a look at other Eips’ groups that have the virtual router ID that it has now', () => {
    const now = group('a-0', { spec: { vrrp: { virtualRouterId: 2 } } });
    const groups = [now, group('a-1', { spec: { vrrp: { virtualRouterId: 2 } } }), group('c-0')];
    assert.deepEqual(from(now, { groups: [...groups, group('b-0', { spec: { vrrp: { virtualRouterId: 2 } } })] }), [
      'groups/b',
      'groups/a',
    ]);
  });

  it('that it is made anew, where it is gone', () => {
    assert.deepEqual(from(undefined), ['status/a after 500', 'groups/a']);
  });

  it('that it is put right, where it says something of an agent that is silent', () => {
    assert.deepEqual(from(group('a-0', { status: { holder: 'n2' } }), { aged: ['a-0'] })[0], 'aged/a-0');
  });

  it('nothing for Eips, where it belongs to none', () => {
    const byHand = group('x-0');
    const { eip: _, ...spec } = byHand.spec;
    const object = { ...byHand, spec };
    assert.deepEqual(follow({ of: 'group', object, previous: { ...object, status: { holder: 'n2' } } }), []);
  });

  it('every Eip’s groups, which may have waited for an ID, once one that belongs to no Eip leaves its own', () => {
    const { eip: _, ...spec } = group('x-0').spec;
    const previous = { ...group('x-0'), spec };
    const eips = ['a', 'b'].map((name) => ({ metadata: { name }, spec: { address: '192.0.2.0/24' } }) as Eip);
    const groups = ['groups/a after 200', 'groups/b after 200'];
    assert.deepEqual(follow({ of: 'group', object: undefined, previous }, { eips }), groups);
    const object = { ...previous, spec: { ...spec, vrrp: { virtualRouterId: 9 } } };
    assert.deepEqual(follow({ of: 'group', object, previous }, { eips }), groups);
  });
});
