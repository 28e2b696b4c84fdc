import assert from 'node:assert/strict';
import { type Silence, withoutSilent } from '../../../../../src/api/silent-agents.js';
import type { VipGroup, VipGroupStatus } from '../../../../../src/api/vip-group.js';
import { agedStatus } from '../../../../../src/controller/groups/status/aged-status.js';
import type { Standing } from '../../../../../src/controller/standing/contract.js';

const now = '2026-01-01T00:01:00Z';
const since = '2026-01-01T00:00:00Z';
const silent: Silence = { reason: 'NoHeartbeat', sinceMs: Date.parse(since) };
const byNode: Standing = { by: 'node', node: 'n1' };
const unknown: Standing = { by: 'unknown', reason: 'AgentSilent', message: 'nobody knows' };

const group = (status: VipGroupStatus | undefined, members = ['n1', 'n2']): VipGroup => ({
  metadata: { name: 'lan-0' },
  spec: { protocol: 'vip', addresses: [], members: members.map((node) => ({ node, priority: 100 })) },
  ...(status === undefined ? {} : { status }),
});
const aged = (of: VipGroup, who: readonly string[], standing: Standing) =>
  agedStatus(
    of,
    (node) => (who.includes(node) ? silent : undefined),
    () => standing,
    now,
  );
const led: VipGroupStatus = {
  holder: 'n1',
  since: '2025-12-31T00:00:00Z',
  transitions: 3,
  reason: 'no-response',
  members: [
    { node: 'n1', state: 'Active', priority: 254, address: '192.0.2.1', since: '2025-12-31T00:00:00Z' },
    { node: 'n2', state: 'Backup', priority: 234, message: 'as it is' },
  ],
};

describe('what is shown of silent agents', () => {
  it('is as they wrote it while they are heard of', () => {
    assert.equal(aged(group(led), [], byNode), undefined);
    assert.equal(aged(group(undefined), [], { by: 'candidates', nodes: [] }), undefined);
  });

  it('is no holder, since their last word, and Lost', () => {
    const status = aged(group(led), ['n1'], unknown);
    assert.deepEqual(status, {
      since,
      transitions: 3,
      reason: 'agent-silent',
      members: [
        { node: 'n1', state: 'Lost', since, priority: 254, address: '192.0.2.1' },
        { node: 'n2', state: 'Backup', priority: 234, message: 'as it is' },
      ],
      conditions: [
        { type: 'Held', status: 'Unknown', reason: 'AgentSilent', message: 'nobody knows', lastTransitionTime: now },
      ],
    });
    assert.equal(aged(group(status), ['n1'], unknown), undefined, 'it is corrected once');
  });

  it('is taken back of a Backup without touching the holder', () => {
    const status = aged(group(led), ['n2'], byNode);
    assert.equal(status?.holder, 'n1');
    assert.deepEqual(status?.members?.[1], { node: 'n2', state: 'Lost', since, priority: 234 });
  });

  it('is nothing of a node that is no member any more', () => {
    const status = aged(group(led, ['n1']), ['n2'], byNode);
    assert.deepEqual(
      status?.members?.map(({ node }) => node),
      ['n1'],
    );
  });

  it('is, of one that led and is no member any more, when it did, with its last word', () => {
    const history = [{ at: since, from: 'Active', to: 'Backup', reason: 'hand-over' }];
    const members = [{ node: 'n1' }, { node: 'n2', state: 'Active' as const, address: '192.0.2.2', history }];
    const status = aged(group({ ...led, members }, ['n1']), ['n2'], byNode);
    assert.deepEqual(status?.formerMembers, [{ node: 'n2', leftAt: since, address: '192.0.2.2', history }]);
    assert.equal(aged(group(status, ['n1']), ['n2'], byNode), undefined, 'it is corrected once');
    const back = { ...status, members: [{ node: 'n1' }, { node: 'n2', history }] };
    assert.deepEqual(aged(group(back), [], byNode)?.formerMembers, [], 'a member again that says so itself');
    assert.equal(aged(group(status), [], byNode), undefined, 'its agent has yet to read what it did before');
  });

  it('is of the eight that left last, of all that led and left', () => {
    const left = (at: number) => ({ node: `f${at}`, leftAt: `2025-12-31T00:00:0${at}Z` });
    const former = [3, 0, 1, 2, 9, 5, 6, 7, 8, 4].map(left);
    const status = aged(group({ ...led, formerMembers: former }), [], byNode);
    assert.deepEqual(
      status?.formerMembers?.map(({ node }) => node),
      ['f3', 'f2', 'f9', 'f5', 'f6', 'f7', 'f8', 'f4'],
    );
  });

  it('is what others saw, not what they saw', () => {
    const conditions = ['n1', 'n2'].map((node) => ({
      type: `Seen${node}`,
      status: 'True' as const,
      reason: 'Seen',
      message: `something is wrong (seen by ${node})`,
      lastTransitionTime: since,
    }));
    const status = aged(group({ ...led, conditions }), ['n2'], byNode);
    assert.deepEqual(
      status?.conditions?.map(({ type }) => type),
      ['Seenn1'],
    );
  });

  it('is no condition without words, which is what is left when one of several agents took its own back', () => {
    const left = { type: 'KernelAnswers', status: 'True' as const };
    assert.deepEqual(aged(group({ ...led, conditions: [left] }), [], byNode)?.conditions, []);
  });

  it('has the condition Held until a node holds it', () => {
    const nobody: Standing = { by: 'nobody', reason: 'NotLed', message: 'no node leads' };
    const status = aged(group({ members: [] }), [], nobody);
    assert.deepEqual(
      status?.conditions?.map(({ type, status: is }) => [type, is]),
      [['Held', 'False']],
    );
    assert.equal(aged(group(status), [], { by: 'candidates', nodes: [] }), undefined, 'an election changes nothing');
    const again = aged(group({ ...status, holder: 'n1' }), [], byNode);
    assert.deepEqual(again?.conditions, []);
  });

  it('does not trip over a status that others have spoilt', () => {
    const spoilt = { holder: 'n9', members: null, conditions: null } as unknown as VipGroupStatus;
    const status = withoutSilent(group(undefined).spec, spoilt, () => silent);
    assert.deepEqual([status.holder, status.reason], [undefined, 'agent-silent']);
  });
});

describe('what is shown of a group of protocol bgp', () => {
  const routed = (status: VipGroupStatus | undefined): VipGroup => {
    const { spec, ...rest } = group(status, ['n1', 'n2', 'n3']);
    return { ...rest, spec: { ...spec, protocol: 'bgp' } };
  };
  const by = (...nodes: readonly string[]): Standing => ({ by: 'nodes', nodes, of: 3, routers: { least: 1, most: 1 } });
  const nobody: Standing = { by: 'nobody', reason: 'NoBgpPeer', message: 'there is no BgpPeer' };
  const members = ['n1', 'n2'].map((node) => ({ node, state: 'Announcing' as const, routers: 1 }));

  it('is how many of its members announce, and since when some do', () => {
    assert.deepEqual(aged(routed({ members }), [], by('n1', 'n2')), {
      members,
      announcing: '2/3',
      since: now,
    });
  });

  it('is written once, and since the same time while there is anybody', () => {
    const shown = { members, conditions: [], announcing: '2/3', since };
    assert.equal(aged(routed(shown), [], by('n1', 'n2')), undefined);
    assert.deepEqual(aged(routed(shown), [], by('n1')), { ...shown, announcing: '1/3' });
    const none = aged(routed(shown), [], nobody)!;
    assert.deepEqual([none.announcing, none.since], ['0/3', now]);
    assert.deepEqual(
      none.conditions?.map(({ type, status, reason }) => [type, status, reason]),
      [['Held', 'False', 'NoBgpPeer']],
    );
    const again = aged(routed(none), [], by('n3'))!;
    assert.deepEqual([again.announcing, again.conditions], ['1/3', []]);
  });

  it('is Lost of an agent that is silent, without what it has told', () => {
    const shown = { members, conditions: [], announcing: '2/3', since };
    const status = aged(routed(shown), ['n1'], by('n2'))!;
    assert.deepEqual(status.members, [{ node: 'n1', state: 'Lost', since }, members[1]]);
    assert.equal(status.announcing, '1/3');
  });
});
