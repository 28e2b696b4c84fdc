import assert from 'node:assert/strict';
import type { VipGroup } from '../../../src/api/vip-group.js';
import { age, agentTable, clusterTable } from '../../../src/status/tables.js';

describe('openelb-vip status', () => {
  it('prints a line for each group of the cluster, with holder, age and members', () => {
    const group: VipGroup = {
      metadata: { name: 'pool-0' },
      spec: {
        protocol: 'vip',
        addresses: ['192.0.2.1', '192.0.2.2'],
        vrrp: { virtualRouterId: 7 },
        members: [
          { node: 'a', priority: 254 },
          { node: 'b', priority: 234 },
        ],
      },
      status: {
        holder: 'a',
        since: '2026-01-01T00:00:00Z',
        members: [
          { node: 'a', state: 'Active' },
          { node: 'b', state: 'Initialize', message: 'eth0 is down' },
        ],
      },
    };
    const bare: VipGroup = { metadata: { name: 'bgp-0' }, spec: { protocol: 'bgp', addresses: [], members: [] } };
    assert.equal(
      clusterTable([group, bare], Date.parse('2026-01-01T00:05:30Z')),
      [
        'GROUP    PROTOCOL   VRID   ADDRESSES   HOLDER   SINCE   MEMBERS',
        'bgp-0    bgp        -      0           <none>   -',
        'pool-0   vip        7      2           a        5m30s   a:Active b:Initialize (eth0 is down)',
        '',
      ].join('\n'),
    );
  });

  it('prints what is wrong with an agent that knows nothing of its groups', () => {
    assert.equal(
      agentTable({ node: 'a', source: 'ok', engine: 'the engine does not answer within 1500 ms' }),
      'node a, source ok\nThe engine does not answer within 1500 ms: what it holds is not known.\n',
    );
    assert.equal(
      agentTable({ node: 'a', source: 'ok', unnamed: 'no group names node a: the groups name b', members: [] }),
      'node a, source ok\nNo group names node a: the groups name b.\n',
    );
    assert.equal(
      agentTable({ node: 'a', source: 'ok', members: [] }),
      'node a, source ok\nNo group has this node as a member.\n',
    );
  });

  it('prints what one agent holds', () => {
    const member = {
      group: 'web',
      state: 'Active' as const,
      priority: 254,
      interface: 'eth0',
      address: '192.0.2.1',
      reason: undefined,
      activeSource: undefined,
      message: undefined,
      held: ['192.0.2.100', '192.0.2.101'],
    };
    const report = {
      members: [member],
      counters: {},
      drops: {},
      neighborDrops: {},
      worstLateness: 0,
      node: 'a',
      source: 'ok',
    };
    assert.equal(
      agentTable(report),
      [
        'node a, source ok',
        'GROUP   STATE    PRIORITY   INTERFACE   SOURCE      HOLDS                     MESSAGE',
        'web     Active   254        eth0        192.0.2.1   192.0.2.100,192.0.2.101',
        '',
      ].join('\n'),
    );
    assert.match(agentTable({ ...report, members: [] }), /No group has this node as a member/);
  });

  it('writes ages as kubectl does', () => {
    assert.deepEqual(
      [0, 119, 120, 599, 3600, 3 * 3600, 47 * 3600, 48 * 3600].map((seconds) => age(seconds * 1000)),
      ['0s', '119s', '2m0s', '9m59s', '60m', '3h', '47h', '2d'],
    );
  });
});
