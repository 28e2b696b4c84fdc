import assert from 'node:assert/strict';
import type { Transition, View } from '../../../src/controller/web/contract.js';
import { density, historyOf, nodesAt, recentlyMoved, stretches, viewAt } from '../../../src/web/history.js';
import { begin, follow } from '../../../src/web/model.js';
import { transitionText } from '../../../src/web/words.js';

const transitions: readonly Transition[] = [
  { id: 1, at: 100, of: 'group', name: 'g', from: [], to: ['n1'], first: true },
  { id: 2, at: 200, of: 'group', name: 'g', from: ['n1'], to: [] },
  { id: 3, at: 230, of: 'group', name: 'g', from: [], to: ['n2'], reason: 'leader-silent' },
  { id: 4, at: 210, of: 'agent', name: 'n1', from: ['n1'], to: [], reason: 'NoHeartbeat' },
  { id: 5, at: 300, of: 'session', name: 'tor', from: ['n1'], to: [] },
].toSorted((a, b) => a.at - b.at) as readonly Transition[];
const history = historyOf(transitions);

describe('the timeline of the web view', () => {
  it('knows who held a group at any instant since it is known, and nothing of before', () => {
    assert.deepEqual(
      [99, 100, 199, 200, 229, 230, 900].map((at) => nodesAt(history, 'group', 'g', at)),
      [...[undefined, ['n1'], ['n1'], [], [], ['n2'], ['n2']]],
    );
  });

  it('knows from a change that was seen also what was before it', () => {
    assert.deepEqual(nodesAt(history, 'agent', 'n1', 1), ['n1']);
  });

  it('shows the cluster as it was', () => {
    const view: View = {
      pools: [],
      groups: [
        {
          name: 'g',
          protocol: 'vip',
          addresses: [],
          addressCount: 1,
          holders: ['n2'],
          state: 'held',
          members: [],
          notHeld: [],
          warnings: [],
        },
      ],
      nodes: [{ name: 'n1', agent: 'silent', heardAt: 210 }],
      routers: [{ name: 'tor', sessions: [{ node: 'n1', state: 'Idle' }] }],
    };
    const before = viewAt(view, history, 150);
    assert.deepEqual([before.groups[0]?.holders, before.nodes[0]?.agent], [['n1'], 'heard']);
    assert.equal(before.routers[0]?.sessions[0]?.state, 'Established');
    const meanwhile = viewAt(view, history, 215);
    assert.deepEqual([meanwhile.groups[0]?.state, meanwhile.nodes[0]?.agent], ['nobody', 'silent']);
    assert.equal(viewAt(view, history, 50).groups[0]?.state, 'unknown');
  });

  it('draws stretches without a gap but for what is not known', () => {
    assert.deepEqual(stretches(history, 'g', 0, 400), [
      { from: 100, to: 200, nodes: ['n1'] },
      { from: 200, to: 230, nodes: [] },
      { from: 230, to: 400, nodes: ['n2'] },
    ]);
  });

  it('counts and lists only what was seen to change', () => {
    assert.deepEqual(density(transitions, 0, 400, 4), [0, 0, 3, 1]);
    assert.deepEqual(recentlyMoved(transitions, 0, 5), ['g']);
    assert.deepEqual(recentlyMoved(transitions.slice(0, 1), 0, 5), []);
  });

  it('puts what is heard late where it belongs', () => {
    const view: View = { pools: [], groups: [], nodes: [], routers: [] };
    const model = begin({ now: 300, view, transitions: transitions.slice(2) });
    const later = follow(model, {
      now: 310,
      change: { put: {}, gone: {} },
      transitions: [{ ...transitions[0]!, id: 9, at: 220 }],
    });
    assert.deepEqual(
      later.transitions.map(({ at }) => at),
      [210, 220, 230, 300],
    );
    assert.equal(later.asOf, 310);
  });

  it('says in words what happened', () => {
    assert.deepEqual(transitions.map(transitionText), [
      'g: n1',
      'g: n1 → nobody',
      'agent of n1 is silent (NoHeartbeat)',
      'g: nobody → n2 (leader-silent)',
      'n1 lost its session with tor',
    ]);
  });
});
