import assert from 'node:assert/strict';
import type { Eip } from '../../../../src/api/eip.js';
import type { VipGroup } from '../../../../src/api/vip-group.js';
import {
  type Due,
  dueMoves,
  forgetEip,
  newPatience,
  noteRefusals,
  type Patience,
} from '../../../../src/controller/notes/handover-due.js';
import { standingOf } from '../../../../src/controller/notes/rebalancing.js';

const t0 = Date.UTC(2026, 0, 2);
const at = (seconds: number) => new Date(t0 + seconds * 1000).toISOString();

/** A group that prefers `a`; both agents follow it since the given second. */
function group(o: {
  holder?: string;
  reason?: string;
  led?: number;
  came?: number;
  addresses?: string[];
  ready?: boolean;
  name?: string;
}): VipGroup {
  const { holder = 'b', reason = 'no-response', led = 0, came = 0, addresses = ['10.0.0.1'], ready = true } = o;
  const state = (node: string) => (node === holder ? ('Active' as const) : ready ? 'Backup' : 'Initialize');
  return {
    metadata: { name: o.name ?? 'pool-0' },
    spec: {
      protocol: 'vip',
      addresses,
      members: [
        { node: 'a', priority: 254 },
        { node: 'b', priority: 234 },
      ],
    },
    status: {
      holder,
      reason,
      since: at(led),
      members: [
        { node: 'a', state: state('a'), priority: 254, since: at(came) },
        { node: 'b', state: state('b'), priority: 234, since: at(led) },
      ],
    },
  };
}

function eip(vrrp: Eip['spec']['vrrp'] = {}): Eip {
  return { metadata: { name: 'pool' }, spec: { address: '10.0.0.0/24', protocol: 'vip', interface: 'eth0', vrrp } };
}

describe('a group that another than the preferred node leads', () => {
  let patience: Patience;
  /** When the agent of the preferred node was heard of last. */
  let heard: number | undefined;
  /** When that agent began, in milliseconds since 1970. */
  let beganMs: number | undefined;
  /** Nodes that keep connections. */
  let keeping: Set<string>;
  const agents = { silence: () => undefined, beganMs: () => beganMs };
  const look = (of: Eip, groups: readonly VipGroup[], now: number): Due =>
    dueMoves(
      patience,
      of,
      groups.map((object) => ({ object, standing: standingOf(object, agents) })),
      { now, agents: { heardAt: () => heard, keepsConnections: (node) => keeping.has(node) } },
    );
  beforeEach(() => {
    patience = newPatience();
    heard = undefined;
    beganMs = undefined;
    keeping = new Set();
  });

  it('is remembered for no longer than its Eip is there', () => {
    for (let at = 0; at < 1_000; at += 1) {
      const name = `pool${at}`;
      const groups = [0, 1].map((index) => group({ name: `${name}-${index}` }));
      const of = { ...eip(), metadata: { name } };
      look(of, groups, at);
      const present = groups.map((object) => ({ object, standing: standingOf(object, agents) }));
      noteRefusals(patience, present, { [`${name}-0`]: 'it did not take over' }, at);
      if (at > 0) forgetEip(patience, name);
    }
    const remembered = Object.values(patience).map((map: ReadonlyMap<string, unknown>) => [...map.keys()]);
    assert.deepEqual(remembered, [['pool0-0', 'pool0-1'], ['pool0'], ['pool0-0']]);
  });

  it('stays where it is unless the Eip says otherwise', () => {
    for (const vrrp of [{}, { rebalance: 'never' as const }]) {
      assert.deepEqual(look(eip(vrrp), [group({})], 1e9), { groups: [], nextAt: undefined });
    }
  });

  it('goes back once that node has been fit for the delay', () => {
    const auto = eip({ rebalance: 'auto', rebalanceDelay: '30s' });
    assert.deepEqual(look(auto, [group({})], 1_000), { groups: [], nextAt: 31_000 });
    assert.deepEqual(look(auto, [group({})], 30_999), { groups: [], nextAt: 31_000 });
    assert.deepEqual(look(auto, [group({})], 31_000).groups, ['pool-0']);
  });

  it('goes back so without being told to where that node keeps connections, and only there', () => {
    keeping.add('a');
    assert.deepEqual(look(eip(), [group({})], 0), { groups: [], nextAt: 60_000 });
    assert.deepEqual(look(eip(), [group({})], 60_000).groups, ['pool-0']);
    for (const vrrp of [{ rebalance: 'never' as const }, { drainConnections: '0s' }])
      assert.deepEqual(look(eip(vrrp), [group({})], 1e9), { groups: [], nextAt: undefined });
    keeping = new Set(['b']);
    assert.deepEqual(look(eip(), [group({})], 1e9), { groups: [], nextAt: undefined }, 'connections break there');
  });

  it('waits anew when that node was not fit in between', () => {
    const auto = eip({ rebalance: 'auto', rebalanceDelay: '30s' });
    look(auto, [group({})], 0);
    assert.deepEqual(look(auto, [group({ ready: false })], 10_000), { groups: [], nextAt: undefined });
    assert.deepEqual(look(auto, [group({})], 20_000), { groups: [], nextAt: 50_000 });
  });

  it('waits with whenIdle until nothing about the groups of the Eip has changed for the delay', () => {
    const idle = eip({ rebalance: 'whenIdle' });
    const other = (address: string) => group({ name: 'pool-1', holder: 'a', addresses: [address] });
    assert.deepEqual(look(idle, [group({}), other('10.0.0.2')], 0), { groups: [], nextAt: 60_000 });
    assert.deepEqual(look(idle, [group({}), other('10.0.0.3')], 50_000), { groups: [], nextAt: 110_000 });
    assert.deepEqual(look(idle, [group({}), other('10.0.0.3')], 110_000).groups, ['pool-0']);
  });

  it('goes back by itself where the group preempts, and without addresses', () => {
    assert.deepEqual(look(eip({ rebalance: 'auto', rebalanceDelay: '0s', preempt: true }), [group({})], 0).groups, []);
    assert.deepEqual(look(eip({ rebalance: 'auto', rebalanceDelay: '0s' }), [group({ addresses: [] })], 0).groups, []);
  });

  /** The first look, and one after the next renewal of the Lease of the preferred node's agent. */
  const lookTwice = (of: VipGroup, now: number) => {
    look(eip(), [of], now);
    heard = now + 1;
    return look(eip(), [of], now + 2).groups;
  };

  it('is handed over after a cold start as soon as that agent is heard of, whatever the Eip says', () => {
    const cold = group({ reason: 'unopposed', led: 1, came: 7 });
    assert.deepEqual(look(eip(), [cold], 0), { groups: [], nextAt: 500 });
    heard = 3_000;
    assert.deepEqual(look(eip(), [cold], 3_500).groups, ['pool-0']);
    assert.deepEqual(look(eip(), [group({ reason: 'unopposed', led: 1, came: 7, ready: false })], 0).groups, []);
  });

  it('is none of a cold start when that node came a minute later, or the leader followed another', () => {
    assert.deepEqual(look(eip(), [group({ reason: 'unopposed', led: 1, came: 62 })], 0).groups, []);
    assert.deepEqual(look(eip(), [group({ reason: 'priority-zero', led: 1, came: 2 })], 0).groups, []);
    const unread = group({ reason: 'unopposed' });
    assert.deepEqual(look(eip(), [{ ...unread, status: { ...unread.status, since: 'x' } }], 0).groups, []);
  });

  it('is none of a cold start by the word of an earlier life, which an agent that was killed has left', () => {
    assert.deepEqual(lookTwice(group({ reason: 'unopposed', led: 100, came: 90 }), 0), []);
    assert.deepEqual(lookTwice(group({ reason: 'unopposed', led: 100, came: 99 }), 10_000), ['pool-0']);
  });

  it('waits for the word of an agent that has started anew, however young the word of the former one is', () => {
    const [former, own] = [99, 101].map((came) => group({ reason: 'unopposed', led: 100, came }));
    beganMs = t0 + 100_900;
    assert.deepEqual(lookTwice(former!, 0), []);
    assert.deepEqual(lookTwice(own!, 10_000), ['pool-0']);
    beganMs = t0 + 101_900;
    assert.deepEqual(lookTwice(own!, 20_000), ['pool-0'], 'a report tells whole seconds');
  });

  it('is not handed to an agent that died a moment before, however fresh its last word looks', () => {
    heard = 900;
    const cold = group({ reason: 'unopposed', led: 1, came: 0 });
    for (const now of [1_000, 2_000, 9_000]) assert.deepEqual(look(eip(), [cold], now).groups, []);
  });

  it('is handed to that node once its agent has started anew, although the former life was asked in vain', () => {
    const old = group({ reason: 'unopposed', led: 1, came: 0 });
    assert.deepEqual(lookTwice(old, 0), ['pool-0']);
    const young = group({ reason: 'unopposed', led: 1, came: 6 });
    noteRefusals(patience, [{ object: young, standing: standingOf(young, agents) }], { 'pool-0': 'a: no' }, 15_000);
    assert.deepEqual(lookTwice(young, 16_000), ['pool-0']);
  });

  it('is not tried with a node whose agent is not heard of', () => {
    const silent = { ...agents, silence: () => ({ reason: 'NoHeartbeat', sinceMs: 0 }) as const };
    const object = group({ reason: 'unopposed', led: 1, came: 2 });
    const due = dueMoves(patience, eip(), [{ object, standing: standingOf(object, silent) }], {
      now: 0,
      agents: { heardAt: () => 1, keepsConnections: () => true },
    });
    assert.deepEqual(due.groups, []);
  });

  it('is tried again when a node that did not take over has started anew', () => {
    const cold = group({ reason: 'unopposed', led: 1, came: 2 });
    noteRefusals(patience, [{ object: cold, standing: standingOf(cold, agents) }], { 'pool-0': 'a: no' }, 5_000);
    assert.deepEqual(lookTwice(cold, 6_000), []);
    assert.deepEqual(lookTwice(group({ reason: 'unopposed', led: 1, came: 9 }), 7_000), ['pool-0']);
  });

  it('is not tried again for ten minutes with a node that did not take over', () => {
    const cold = group({ reason: 'unopposed', led: 1, came: 2 });
    const of = [{ object: cold, standing: standingOf(cold, agents) }];
    noteRefusals(patience, of, { 'pool-0': 'a: it did not take over' }, 5_000);
    assert.deepEqual(lookTwice(cold, 6_000), []);
    assert.deepEqual(look(eip(), [cold], 7_000), { groups: [], nextAt: 605_000 });
    assert.deepEqual(look(eip(), [cold], 605_000).groups, ['pool-0']);
  });
});
