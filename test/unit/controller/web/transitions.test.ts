import assert from 'node:assert/strict';
import type { VipGroup } from '../../../../src/api/vip-group.js';
import {
  lastId,
  mostTransitions,
  newRing,
  noteAgent,
  noteGroup,
  notePeer,
  since,
} from '../../../../src/controller/web/transitions.js';

const noon = Date.parse('2026-11-27T12:00:00Z');
const at = (seconds: number) => new Date(noon + seconds * 1000).toISOString();

describe('what the web view remembers of transitions', () => {
  it('is who held a group before and who after, at the time that the agent says', () => {
    const ring = newRing();
    noteGroup(ring, ledBy('n1', at(-60)), undefined, noon);
    noteGroup(ring, ledBy('n2', at(-1)), ledBy('n1', at(-60)), noon);
    assert.deepEqual(ring.transitions, [
      { id: 1, at: noon - 60_000, of: 'group', name: 'g', from: [], to: ['n1'], reason: 'leader-silent', first: true },
      { id: 2, at: noon - 1_000, of: 'group', name: 'g', from: ['n1'], to: ['n2'], reason: 'leader-silent' },
    ]);
  });

  it('is nothing while the same node holds it, whatever else is written', () => {
    const ring = newRing();
    noteGroup(
      ring,
      { ...ledBy('n1', at(-60)), metadata: { name: 'g', resourceVersion: '2' } },
      ledBy('n1', at(-60)),
      noon,
    );
    assert.deepEqual(ring.transitions, []);
  });

  it('is as of now where a clock is ahead, or says nothing', () => {
    const ring = newRing();
    noteGroup(ring, ledBy('n1', at(3600)), undefined, noon);
    noteGroup(ring, ledBy('n2', 'soon'), ledBy('n1', at(3600)), noon + 1);
    noteGroup(ring, undefined, ledBy('n2', 'soon'), noon + 2);
    assert.deepEqual(
      ring.transitions.map((each) => [each.at - noon, each.to]),
      [
        [0, ['n1']],
        [1, ['n2']],
        [2, []],
      ],
    );
  });

  it('is, with protocol bgp, which nodes have told routers', () => {
    const ring = newRing();
    noteGroup(ring, announcedBy(['n2', 'n1'], at(-5)), undefined, noon);
    noteGroup(ring, announcedBy(['n2'], at(-5)), announcedBy(['n2', 'n1'], at(-5)), noon);
    assert.deepEqual(
      ring.transitions.map(({ from, to }) => [from, to]),
      [
        [[], ['n1', 'n2']],
        [['n1', 'n2'], ['n2']],
      ],
    );
  });

  it('is that an agent fell silent, at the time when it was heard of last, and that it is heard of again', () => {
    const ring = newRing();
    noteAgent(ring, 'n1', { reason: 'NoHeartbeat', sinceMs: noon - 12_000 }, noon);
    noteAgent(ring, 'n1', undefined, noon + 5_000);
    assert.deepEqual(
      ring.transitions.map((each) => [each.at - noon, each.to, each.reason]),
      [
        [-12_000, [], 'NoHeartbeat'],
        [5_000, ['n1'], undefined],
      ],
    );
  });

  it('is which sessions of a router came up and went down', () => {
    const ring = newRing();
    notePeer(ring, 'tor', peer('Established'), noon);
    notePeer(ring, 'tor', peer('Established'), noon);
    notePeer(ring, 'tor', peer('Idle'), noon);
    notePeer(ring, 'tor', undefined, noon);
    assert.deepEqual(
      ring.transitions.map(({ from, to, first }) => [from, to, first]),
      [
        [[], ['n1'], true],
        [['n1'], [], undefined],
      ],
    );
  });

  it('is no more than so many, the latest ones, and those after a given one', () => {
    const ring = newRing();
    for (let index = 0; index < mostTransitions + 10; index += 1) noteAgent(ring, `n${index}`, undefined, noon);
    assert.equal(ring.transitions.length, mostTransitions);
    assert.equal(ring.transitions[0]?.id, 11);
    assert.deepEqual(
      since(ring, lastId(ring) - 2).map(({ name }) => name),
      [`n${mostTransitions + 8}`, `n${mostTransitions + 9}`],
    );
    assert.deepEqual(since(ring, lastId(ring)), []);
  });
});

function ledBy(holder: string, instant: string): VipGroup {
  const spec: VipGroup['spec'] = { protocol: 'vip', addresses: ['192.0.2.1'], members: [] };
  return { metadata: { name: 'g' }, spec, status: { holder, since: instant, reason: 'leader-silent' } };
}

function announcedBy(nodes: readonly string[], instant: string): VipGroup {
  const members = ['n1', 'n2'].map((node) => ({
    node,
    state: nodes.includes(node) ? ('Announcing' as const) : ('Idle' as const),
    since: instant,
  }));
  return {
    metadata: { name: 'g' },
    spec: { protocol: 'bgp', addresses: ['192.0.2.1'], members: [] },
    status: { members },
  };
}

function peer(state: string): Parameters<typeof notePeer>[2] {
  return {
    metadata: { name: 'tor' },
    spec: {},
    status: { nodes: [{ node: 'n1', state, since: at(-3) }] },
  } as Parameters<typeof notePeer>[2];
}
