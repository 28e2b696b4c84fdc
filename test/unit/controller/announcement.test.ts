import assert from 'node:assert/strict';
import type { VipGroup } from '../../../src/api/vip-group.js';
import {
  type Announcement,
  announcementOf,
  holdersNews,
  newsOf,
  type Rules,
} from '../../../src/controller/announcement.js';
import type { Node } from '../../../src/controller/objects.js';

const exclude = 'node.kubernetes.io/exclude-from-external-load-balancers';
const address = '192.0.2.10';
const node = (name: string, labels: Record<string, string> = {}): Node => ({ metadata: { name, labels } });
const group = (members: readonly string[], status: VipGroup['status'] = {}): VipGroup => ({
  metadata: { name: 'lan-0' },
  spec: {
    protocol: 'vip',
    addresses: [address],
    members: members.map((name, at) => ({ node: name, priority: 254 - 20 * at })),
  },
  status,
});
const rules = (o: Partial<Rules> & { selector?: Record<string, string> } = {}) => {
  const spec = { address, protocol: 'vip' as const, ...(o.selector ? { nodeSelector: o.selector } : {}) };
  return () => ({ eip: { metadata: { name: 'lan' }, spec }, nodes: [node('n1'), node('n2')], ...o });
};
const held = (by: string, reason?: string): Announcement => ({
  by: 'node',
  node: by,
  ...(reason === undefined ? {} : { reason }),
});
const told = (before: Announcement | undefined, now: Announcement) => newsOf(address, before, now)?.message;

describe('who announces an address', () => {
  it('is the holder of its group', () =>
    assert.deepEqual(
      announcementOf(group(['n1'], { holder: 'n1', reason: 'no-response' }), rules()),
      held('n1', 'no-response'),
    ));

  it('is one of the members while no holder is known', () =>
    assert.deepEqual(announcementOf(group(['n2', 'n1']), rules()), { by: 'candidates', nodes: ['n1', 'n2'] }));

  for (const [claim, given, reason, message] of [
    [
      'whose Service is Local and has no ready endpoint',
      { ready: [] },
      'NoReadyEndpoint',
      'externalTrafficPolicy Local leaves only nodes with a ready endpoint, and the Service has none: get a Pod of it ready, or set externalTrafficPolicy to Cluster',
    ],
    [
      'whose Service is Local and has endpoints only on nodes that may not',
      {
        ready: ['n1', 'n2', 'n3'],
        nodes: [node('n1', { [exclude]: '' }), node('n2', { zone: 'b' })],
        selector: { zone: 'a' },
      },
      'NoEligibleNode',
      `externalTrafficPolicy Local leaves only nodes with a ready endpoint, and none of those may announce addresses of Eip lan: n1 has the label ${exclude}, n2 lacks the label zone=a of spec.nodeSelector, n3 is not a node of this cluster: let one of them, run a Pod on another node, or set externalTrafficPolicy to Cluster`,
    ],
    [
      'that no node may announce',
      { nodes: [node('n1', { [exclude]: '' })] },
      'NoEligibleNode',
      `no node may announce the addresses of Eip lan: give nodes the labels of its spec.nodeSelector, or take the label ${exclude} off some`,
    ],
  ] as const) {
    it(`is nobody for one ${claim}, with what would help`, () => {
      const now = announcementOf(group([]), rules(given as Partial<Rules>));
      assert.deepEqual(now, { by: 'nobody', reason, message });
      assert.deepEqual(newsOf(address, undefined, now), {
        type: 'Warning',
        reason,
        message: `nobody announces ${address}: ${message}`,
      });
      assert.equal(newsOf(address, now, now), undefined, 'it is told once');
    });
  }

  it('names three of many endpoints that may not', () => {
    const nodes = [1, 2, 3, 4, 5].map((n) => node(`n${n}`, { [exclude]: '' }));
    const now = announcementOf(group([]), rules({ nodes, ready: nodes.map(({ metadata }) => metadata.name) }));
    assert.match(now.by === 'nobody' ? now.message : '', /n3 has the label \S+ and 2 more are excluded: let one/);
  });

  it('may be a candidate before the group says so', () =>
    assert.deepEqual(announcementOf(group([]), rules({ ready: ['n2'] })), { by: 'candidates', nodes: ['n2'] }));
});

describe('what people are told about the holder of an address', () => {
  it('is who it is', () => assert.equal(told(undefined, held('n2')), '192.0.2.10 is held by node n2'));

  it('is whom it follows, and why', () => {
    assert.equal(told(held('n1'), held('n2', 'no-response')), '192.0.2.10 is held by node n2 (was n1: no-response)');
    assert.equal(
      told(held('n1'), held('n2', 'priority-zero')),
      '192.0.2.10 is held by node n2 (was n1: priority-zero)',
    );
    assert.equal(told(held('n1'), held('n2', 'owner')), '192.0.2.10 is held by node n2 (was n1: owner)');
    assert.equal(told(held('n1'), held('n2')), '192.0.2.10 is held by node n2 (was n1)');
  });

  it('is nothing while it is the same, or not known', () => {
    assert.equal(told(held('n1', 'preempt'), held('n1', 'no-response')), undefined);
    assert.equal(told(held('n1'), { by: 'candidates', nodes: ['n1'] }), undefined);
    assert.equal(told(undefined, { by: 'candidates', nodes: ['n1'] }), undefined);
  });

  it('is that there may be one again, after there could be none', () => {
    const nobody: Announcement = { by: 'nobody', reason: 'NoReadyEndpoint', message: 'none' };
    assert.deepEqual(newsOf(address, nobody, { by: 'candidates', nodes: ['n1', 'n2'] }), {
      type: 'Normal',
      reason: 'Announceable',
      message: '192.0.2.10 may be announced again, by n1, n2',
    });
    assert.equal(told(nobody, held('n1')), '192.0.2.10 is held by node n1');
    assert.equal(newsOf(address, held('n1'), nobody)?.type, 'Warning');
  });

  it('of an Eip is one sentence for all its groups', () => {
    assert.equal(
      holdersNews(
        { 'lan-0': 'n1', 'lan-1': 'n2', 'lan-2': 'n1' },
        { 'lan-0': 'n2', 'lan-1': 'n2', 'lan-2': 'n2', 'lan-3': 'n3' },
      ),
      'lan-0, lan-2 are held by node n2 (was n1); lan-3 is held by node n3',
    );
    assert.equal(holdersNews({ 'lan-0': 'n1' }, { 'lan-0': 'n1' }), undefined);
    assert.equal(holdersNews({ 'lan-0': 'n1' }, {}), undefined);
  });
});
