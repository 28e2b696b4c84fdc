import assert from 'node:assert/strict';
import type { VipGroup } from '../../../../src/api/vip-group.js';
import { poolsOf } from '../../../../src/controller/cache/pools.js';
import { announcedConditions, type Led, type View } from '../../../../src/controller/eips/announced-condition.js';
import type { Standing } from '../../../../src/controller/standing/contract.js';
import { parseIp } from '../../../../src/core/ip/address.js';

const byNode: Standing = { by: 'node', node: 'n1' };
const nobody: Standing = { by: 'nobody', reason: 'NoMemberTakesPart', message: 'n1: there is no interface eth7' };
const unknown: Standing = { by: 'unknown', reason: 'AgentSilent', message: 'the agent of n1 has not been heard of' };
const candidates: Standing = { by: 'candidates', nodes: ['n1'] };

const led = (
  name: string,
  standing: Standing,
  o: { addresses?: string[]; members?: number; family?: 4 | 6 } = {},
): Led => {
  const members = Array.from({ length: o.members ?? 1 }, (_, at) => ({ node: `n${at + 1}`, priority: 254 - at }));
  const ipFamily = o.family === 6 ? 'IPv6' : 'IPv4';
  const group: VipGroup = {
    metadata: { name },
    spec: { protocol: 'vip', ipFamily, addresses: o.addresses ?? [], members },
  };
  return { group, standing };
};
const conditions = (
  view: Partial<View>,
  o: {
    spec?: object;
    before?: { type: string; status: 'True' | 'False' | 'Unknown'; reason: string; message: string }[];
  } = {},
) => {
  const spec = { address: '192.0.2.0/28', protocol: 'vip' as const, interface: 'eth0', ...o.spec };
  const [pool] = poolsOf([{ metadata: { name: 'lan' }, spec }]);
  const before = (o.before ?? []).map((each) => ({ ...each, lastTransitionTime: '2026-01-01T00:00:00Z' }));
  return announcedConditions(pool!, { led: [], unplaced: [], barred: [], eligible: 1, ...view }, before);
};
const short = (all: ReturnType<typeof conditions>) =>
  all.map(({ type, status, reason }) => `${type}=${status}/${reason}`);

describe('the condition Announced', () => {
  it('names groups in the same order however they came to be known', () => {
    const all = ['lan-2', 'lan-0', 'lan-1'].map((name) => led(name, nobody, { addresses: ['192.0.2.1'] }));
    const [one] = conditions({ led: all });
    assert.match(one!.message, /^lan-0, lan-1, lan-2: /);
    assert.deepEqual(conditions({ led: all.toReversed() }), [one]);
  });

  for (const [claim, view, expected] of [
    ['is True when a group is led ahead of need', [led('a', byNode), led('b', candidates)], 'True/ByVrrp'],
    [
      'is False when the one group with addresses is led by nobody',
      [led('a', byNode), led('b', nobody, { addresses: ['192.0.2.1'] })],
      'False/NoMemberTakesPart',
    ],
    [
      'is Unknown when nobody knows about a group with addresses',
      [led('a', byNode, { addresses: ['192.0.2.2'] }), led('b', unknown, { addresses: ['192.0.2.1'] })],
      'Unknown/AgentSilent',
    ],
    [
      'is False rather than Unknown when both are there',
      [led('a', unknown, { addresses: ['192.0.2.2'] }), led('b', nobody, { addresses: ['192.0.2.1'] })],
      'False/NoMemberTakesPart',
    ],
    ['is Unknown while the first election is under way', [led('a', candidates)], 'Unknown/Electing'],
    ['is Unknown until there are groups', [], 'Unknown/Pending'],
    [
      'does not blame the Eip for Local Services without endpoints',
      [led('a', byNode), led('b', candidates, { addresses: ['192.0.2.1'], members: 0 })],
      'True/ByVrrp',
    ],
  ] as const) {
    it(claim, () => assert.deepEqual(short(conditions({ led: view })), [`Announced=${expected}`]));
  }

  it('names the groups and the cause', () => {
    const groups = ['a', 'b', 'c', 'd', 'e'].map((name) => led(name, nobody, { addresses: ['192.0.2.1'] }));
    assert.equal(conditions({ led: groups })[0]?.message, 'a, b, c, and 2 more: n1: there is no interface eth7');
  });

  it('stays what it was during an election', () => {
    const before = [{ type: 'Announced', status: 'True' as const, reason: 'ByVrrp', message: 'as before' }];
    assert.equal(conditions({ led: [led('a', candidates)] }, { before })[0]?.message, 'as before');
  });

  it('is False without a node that may', () => {
    assert.deepEqual(short(conditions({ eligible: 0 })), ['Announced=False/NoEligibleNode']);
  });

  it('is False when virtual router IDs ran out', () => {
    const [condition] = conditions({ led: [led('a', byNode)], unplaced: [parseIp('192.0.2.7')!] });
    assert.deepEqual([condition?.status, condition?.reason], ['False', 'NoVirtualRouterId']);
    assert.match(condition?.message ?? '', /^192\.0\.2\.7: /);
  });

  it('of an invalid Eip is False for the reason that it is not Ready', () => {
    const spec = { address: '192.0.2.9-192.0.2.1' };
    assert.deepEqual(short(conditions({}, { spec })), ['Announced=False/InvalidAddress']);
  });

  it('speaks of each family where there are two', () => {
    const spec = { address: '192.0.2.0/28,2001:db8::/120' };
    const all = conditions({ led: [led('a', byNode), led('b', nobody, { family: 6 })] }, { spec });
    assert.deepEqual(short(all), [
      'Announced=False/NoMemberTakesPart',
      'AnnouncedIPv4=True/ByVrrp',
      'AnnouncedIPv6=False/NoMemberTakesPart',
    ]);
    assert.match(all[0]?.message ?? '', /^IPv4: the leader of each .*; IPv6: b: n1: there is no interface eth7$/);
  });
});
