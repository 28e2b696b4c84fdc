import assert from 'node:assert/strict';
import type { Eip } from '../../../../src/api/eip.js';
import type { Silence } from '../../../../src/api/silent-agents.js';
import type { VipGroup } from '../../../../src/api/vip-group.js';
import type { Standing } from '../../../../src/controller/standing/contract.js';
import type { Rights, View } from '../../../../src/controller/web/contract.js';
import { difference } from '../../../../src/controller/web/difference.js';
import { visible, visibleTransitions } from '../../../../src/controller/web/rights.js';
import { type Known, viewOf } from '../../../../src/controller/web/view.js';
import { changed } from '../../../../src/web/model.js';

const all: Rights = { eips: true, vipgroups: true, services: true, nodes: true, bgppeers: true };

describe('the view of the web', () => {
  it('shows who holds a group, and in words why nobody does', () => {
    const [held, lost] = viewOf(knownWith({})).groups;
    assert.deepEqual([held?.state, held?.holders, held?.since], ['held', ['n1'], Date.parse('2026-11-27T10:00:00Z')]);
    assert.deepEqual([lost?.state, lost?.holders, lost?.why], ['nobody', [], 'no node leads: see the agents']);
  });

  it('calls a group held in part whose leader does not answer for an address', () => {
    const notHeld = [{ address: '192.0.2.1', reason: 'AnsweredElsewhere', message: '02:00:00:00:00:01' }];
    const view = viewOf(knownWith({ status: { holder: 'n1', notHeld } }));
    assert.equal(view.groups[0]?.state, 'partly');
    assert.match(view.groups[0]?.notHeld[0]?.why ?? '', /another host answers for it/);
  });

  it('says of an agent that is silent since when, and of the API server that it is not heard of', () => {
    const silence: Silence = { reason: 'NoHeartbeat', sinceMs: 5_000 };
    const view = viewOf(knownWith({ silent: new Map([['lonely', silence]]), outOfTouch: 'nothing heard since 10:00' }));
    assert.deepEqual(
      view.nodes.find(({ name }) => name === 'lonely'),
      { name: 'lonely', agent: 'silent', heardAt: 5_000 },
    );
    assert.equal(view.outOfTouch, 'nothing heard since 10:00');
  });

  it('tells no password, annotation or label', () => {
    const text = JSON.stringify(viewOf(knownWith({})));
    for (const secret of ['hidden-password', 'hidden-annotation', 'hidden-label', 'hidden-secret'])
      assert(!text.includes(secret), secret);
  });

  it('takes instants that nobody can read for none', () => {
    const view = viewOf(knownWith({ status: { holder: 'n1', since: 'yesterday' } }));
    assert.equal(view.groups[0]?.since, undefined);
  });
});

describe('a view within the rights of a user', () => {
  const view = viewOf(knownWith({}));

  it('is all of it for who may list all', () => assert.deepEqual(visible(view, all), view));

  it('names no Service to who may not list Services', () => {
    const seen = visible(view, { ...all, services: false });
    assert(JSON.stringify(view).includes('shop/web'));
    assert(!JSON.stringify(seen).includes('shop'));
    assert.equal(seen.pools[0]?.used, 1);
  });

  it('names of nodes only those that visible objects speak of, and not that they are cordoned, to who may not list Nodes', () => {
    const seen = visible(view, { ...all, nodes: false });
    assert.deepEqual(
      seen.nodes.map(({ name }) => name),
      ['n1', 'n2'],
    );
    assert(!JSON.stringify(seen).includes('Cordoned'));
    assert(JSON.stringify(view).includes('Cordoned'));
    assert(JSON.stringify(view).includes('lonely'));
  });

  it('has nothing of groups, pools or routers for who may not list them', () => {
    const seen = visible(view, { eips: false, vipgroups: false, services: true, nodes: false, bgppeers: false });
    assert.deepEqual(seen, { pools: [], groups: [], nodes: [], routers: [] });
  });

  it('leaves out of transitions what it leaves out itself', () => {
    const transitions = [
      { id: 1, at: 1, of: 'group', name: 'g1', from: [], to: ['n1'] },
      { id: 2, at: 1, of: 'session', name: 'tor', from: [], to: ['n1'] },
      { id: 3, at: 1, of: 'agent', name: 'n1', from: ['n1'], to: [] },
      { id: 4, at: 1, of: 'agent', name: 'lonely', from: ['lonely'], to: [] },
    ] as const;
    const ids = (rights: Rights) => visibleTransitions(transitions, rights, visible(view, rights)).map(({ id }) => id);
    assert.deepEqual(ids(all), [1, 2, 3, 4]);
    assert.deepEqual(ids({ ...all, nodes: false }), [1, 2, 3]);
    assert.deepEqual(ids({ ...all, vipgroups: false, nodes: false, bgppeers: false }), []);
  });
});

describe('the difference of two views', () => {
  it('is nothing for equal ones, though they were made anew', () => {
    assert.equal(difference(viewOf(knownWith({})), viewOf(knownWith({}))), undefined);
  });

  it('makes of the first the second, on the page', () => {
    const before = viewOf(knownWith({}));
    const silent = new Map<string, Silence>([['n1', { reason: 'Ended', sinceMs: 1 }]]);
    const after: View = { ...viewOf(knownWith({ silent, outOfTouch: 'away' })), routers: [], pools: [] };
    assert.deepEqual(changed(before, difference(before, after)!), after);
    assert.deepEqual(changed(after, difference(after, before)!), before);
  });
});

function knownWith(o: {
  readonly status?: VipGroup['status'];
  readonly silent?: ReadonlyMap<string, Silence>;
  readonly outOfTouch?: string;
}): Known {
  const since = '2026-11-27T10:00:00Z';
  const member = { node: 'n1', state: 'Active' as const, since, priority: 200, interface: 'eth0' };
  const groups = [
    groupOf('g1', o.status ?? { holder: 'n1', since, members: [member] }),
    groupOf('g2', { members: [] }),
  ];
  const eip = {
    metadata: { name: 'pool', annotations: { note: 'hidden-annotation' }, labels: { x: 'hidden-label' } },
    spec: { address: '192.0.2.0/28', protocol: 'vip' },
    status: { poolSize: 16, usage: 1, leftOut: 2, used: { '192.0.2.1': 'shop/web' } },
  } as Eip;
  const peer = {
    metadata: { name: 'tor' },
    spec: {
      conf: {
        neighborAddress: '192.0.2.254',
        authPassword: 'hidden-password',
        passwordSecret: { name: 'hidden-secret' },
      },
    },
    status: { nodes: [{ node: 'n1', state: 'Established', since }] },
  } as unknown as ReturnType<Known['world']['routing']>['peers'][number];
  const standing = ({ status }: VipGroup): Standing =>
    status?.holder === undefined
      ? { by: 'nobody', reason: 'NotLed', message: 'no node leads: see the agents' }
      : { by: 'node', node: status.holder };
  return {
    world: {
      eips: { list: () => [eip] } as unknown as Known['world']['eips'],
      vipGroups: { list: () => groups } as unknown as Known['world']['vipGroups'],
      nodes: () => [
        { metadata: { name: 'n1', labels: { x: 'hidden-label' } } },
        { metadata: { name: 'n2' }, spec: { unschedulable: true } },
        { metadata: { name: 'lonely' } },
      ],
      routing: () => ({ peers: [peer] }),
      problem: () => undefined,
      outOfTouch: () => o.outOfTouch,
    },
    agents: { silence: (node) => o.silent?.get(node), heardAt: () => 1 },
    standings: { of: standing },
  };
}

function groupOf(name: string, status: VipGroup['status']): VipGroup {
  const members = [
    { node: 'n1', priority: 200 },
    { node: 'n2', priority: 190 },
  ];
  return {
    metadata: { name, annotations: { note: 'hidden-annotation' } },
    spec: { eip: 'pool', protocol: 'vip', addresses: ['192.0.2.1'], vrrp: { virtualRouterId: 7 }, members },
    ...(status === undefined ? {} : { status }),
  };
}
