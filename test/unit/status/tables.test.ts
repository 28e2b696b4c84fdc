import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import { noLateness } from '../../../src/agent/engine/lateness.js';
import type { MemberReport } from '../../../src/agent/engine/messages.js';
import type { AgentStatus } from '../../../src/agent/status/agent-status.js';
import type { Eip } from '../../../src/api/eip.js';
import { withoutSilent } from '../../../src/api/silent-agents.js';
import type { VipGroup } from '../../../src/api/vip-group.js';
import { paintFor } from '../../../src/cli/paint.js';
import { age } from '../../../src/status/age.js';
import { agentTable as agentTableAt } from '../../../src/status/agent-table.js';
import { groupTable } from '../../../src/status/group-table.js';
import { poolTable } from '../../../src/status/pool-table.js';
import { sessionTable } from '../../../src/status/session-table.js';
import { troubleTable } from '../../../src/status/trouble-table.js';

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
        reason: 'no-response',
        members: [
          { node: 'a', state: 'Active', since: '2026-01-01T00:00:00Z' },
          { node: 'b', state: 'Initialize', message: 'eth0 is down' },
        ],
      },
    };
    const bare: VipGroup = { metadata: { name: 'bgp-0' }, spec: { protocol: 'bgp', addresses: [], members: [] } };
    const heard = new Map([['a', { atMs: now - 3_000, version: '1', ended: false }]]);
    assert.equal(
      groupTable([group, bare], { nowMs: now, heard, local: undefined }),
      [
        'GROUP    PROTOCOL   VRID   ADDRESSES   HOLDER   SINCE   WHY           HEARD   MEMBERS',
        'bgp-0    bgp        -      0           <none>   -       -             never',
        'pool-0   vip        7      2           a        5m30s   no-response   3s      a:Active 5m30s  b:Initialize (eth0 is down)',
        '',
      ].join('\n'),
    );
    const lost = withoutSilent(group.spec, group.status!, () => ({ reason: 'NoHeartbeat', sinceMs: now - 60_000 }));
    assert.match(
      groupTable([{ ...group, status: lost }], { nowMs: now, heard, local: undefined }),
      /<unknown> +60s +agent-silent +3s +a:Lost 60s {2}b:Lost 60s$/m,
    );
    assert.match(groupTable([group], { nowMs: now, heard: undefined, local: undefined }), /a +5m30s +no-response +\? /);
  });

  it('prints in wide form also the NIC, and how often the holder changed', () => {
    const since = '2026-01-01T00:00:00Z';
    const group: VipGroup = {
      metadata: { name: 'pool-0' },
      spec: {
        protocol: 'vip',
        interface: 'eth0',
        addresses: ['192.0.2.1'],
        vrrp: { virtualRouterId: 7 },
        members: [
          { node: 'a', priority: 254 },
          { node: 'b', priority: 234 },
        ],
      },
      status: {
        holder: 'a',
        since,
        reason: 'no-response',
        transitions: 3,
        members: [
          { node: 'a', state: 'Active', since },
          { node: 'b', state: 'Backup' },
        ],
      },
    };
    assert.equal(
      groupTable([group], { nowMs: now, heard: undefined, local: undefined, wide: true }),
      [
        'GROUP    PROTOCOL   VRID   ADDRESSES   HOLDER   SINCE   WHY           HEARD   INTERFACE   CHANGES   MEMBERS',
        'pool-0   vip        7      1           a        5m30s   no-response   ?       eth0        3         a:Active 5m30s  b:Backup',
        '',
      ].join('\n'),
    );
  });

  it('says how many connections a leader hands on, also where its own agent was asked', () => {
    const message = 'hands connections from before the last move to 192.0.2.11';
    const counted = { drainedConnections: 12, drainedConnectionsAt: new Date(now - 9_000).toISOString() };
    const members = [{ node: 'a', state: 'Active' as const, message, ...counted }];
    const spec = { protocol: 'vip' as const, addresses: ['192.0.2.1'], members: [{ node: 'a', priority: 254 }] };
    const group: VipGroup = { metadata: { name: 'pool-0' }, spec, status: { holder: 'a', members } };
    const shown = (local: AgentStatus | undefined) => groupTable([group], { nowMs: now, heard: new Map(), local });
    assert.match(
      shown(undefined),
      /a:Active \(hands .* to 192\.0\.2\.11; 12 connections handed on, counted 9s ago\)\n/,
    );
    const report = { group: 'pool-0', state: 'Active', held: ['192.0.2.1'], notHeld: [] } as unknown as MemberReport;
    assert.match(
      shown({ node: 'a', source: 'ok', members: [report] }),
      /a:Active \(12 connections handed on, counted 9s ago\)\n/,
    );
    const backup = { ...report, state: 'Backup' as const };
    assert.doesNotMatch(shown({ node: 'a', source: 'ok', members: [backup] }), /handed on/);
  });

  const session = {
    state: 'Established',
    since: '2026-01-01T00:00:00Z',
    address: '192.0.2.254',
    negotiated: { peerAs: 64_513 },
    prefixesSent: 7,
    bfd: { state: 'Up' },
  } as const;
  const problem = { reason: 'NoAnswer', message: 'the router does not answer' };

  it('prints a line for each session with a router, by BgpPeer and node, with what is wrong with it', () => {
    const spec = { conf: { neighborAddress: '192.0.2.254', peerAs: 64_513 } };
    const nodes = [{ node: 'b', state: 'Active', problem } as const, { node: 'a', ...session }];
    assert.equal(
      sessionTable([{ metadata: { name: 'tor' }, spec, status: { nodes } }], view),
      [
        'PEER   NODE   STATE         SINCE   ROUTER        AS      PREFIXES   BFD   HEARD   PROBLEM',
        'tor    a      Established   5m30s   192.0.2.254   64513   7          Up    3s',
        'tor    b      Active        -       -             -       -          -     never   NoAnswer: the router does not answer',
        '',
      ].join('\n'),
    );
    assert.equal(sessionTable([{ metadata: { name: 'tor' }, spec }], view), '');
  });

  it("prints one agent's sessions, and how many routers it has told of each group", () => {
    const bgp = {
      as: 64_512,
      routerId: '192.0.2.1',
      peers: [{ peer: 'tor', ...session }],
      groups: [{ group: 'wan-0', state: 'Announcing', routers: 1, routersWanted: 2, message: 'not told: b: Idle' }],
    } as const;
    const text = agentTable({ node: 'a', source: 'ok', members: [], bgp });
    assert.match(text, /^node a, source ok\n\nBGP, AS 64512, router ID 192\.0\.2\.1\nPEER +STATE/);
    assert.match(text, /^tor +Established +\S+ +192\.0\.2\.254 +64513 +7 +Up$/m);
    assert.match(text, /^wan-0 +Announcing +1\/2 +not told: b: Idle$/m);
  });

  it('says how many nodes announce a group of protocol bgp where others have a holder', () => {
    const group: VipGroup = {
      metadata: { name: 'wan-0' },
      spec: { protocol: 'bgp', addresses: ['192.0.2.1'], members: [] },
      status: { announcing: '2/3' },
    };
    assert.match(groupTable([group], { nowMs: now, heard: undefined, local: undefined }), /^wan-0 +bgp +- +1 +2\/3 /m);
  });

  it('counts the addresses that are held, and names no holder of a group of which none is', () => {
    const group = (held: readonly string[], holder?: string): VipGroup => ({
      metadata: { name: 'web' },
      spec: { protocol: 'vip', addresses: ['192.0.2.1', '192.0.2.2'], members: [{ node: 'a', priority: 254 }] },
      status: {
        ...(holder === undefined ? {} : { holder }),
        members: [{ node: 'a', state: 'Active' }],
        notHeld: ['192.0.2.1', '192.0.2.2']
          .filter((address) => !held.includes(address))
          .map((address) => ({ address, reason: 'AnsweredElsewhere' })),
      },
    });
    const print = (object: VipGroup, local?: ReturnType<typeof agent>) =>
      groupTable([object], { nowMs: now, heard: new Map(), local });
    assert.match(print(group(['192.0.2.1'], 'a')), /web +vip +- +1 of 2 +a /m);
    assert.match(print(group([])), /web +vip +- +0 of 2 +<none> /m);
    const report = agent('Active');
    const taken = { address: '192.0.2.1', reason: 'AnsweredElsewhere' as const, message: 'x' };
    const idle = { ...report, members: report.members.map((each) => ({ ...each, held: [], notHeld: [taken] })) };
    assert.match(print(group(['192.0.2.1', '192.0.2.2'], 'a'), idle), /web +vip +- +1 of 2 +<none> /m);
  });

  it('asks the agent on this host, whose word is newer than what it wrote', () => {
    const group: VipGroup = {
      metadata: { name: 'web' },
      spec: { protocol: 'vip', addresses: [], members: [{ node: 'a', priority: 254 }] },
      status: { holder: 'b', since: '2026-01-01T00:00:00Z', members: [] },
    };
    const table = groupTable([group], { nowMs: now, heard: new Map(), local: agent('Active') });
    assert.match(table, /web +vip +- +0 +a +- +- +now +a:Active$/m);
    const backup = groupTable([{ ...group, status: { holder: 'a' } }], {
      nowMs: now,
      heard: new Map(),
      local: agent('Backup'),
    });
    assert.match(backup, /<none> +- +- +now +a:Backup$/m);
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

  it('says that an engine is not scheduled in real time, and why, and nothing of one that is', () => {
    const textOf = (scheduling: AgentStatus['scheduling']) =>
      agentTable({ node: 'a', source: 'ok', members: [], ...(scheduling === undefined ? {} : { scheduling }) });
    const rest = 'No group has this node as a member.\n';
    assert.equal(textOf({ policy: 'SCHED_RR' }), `node a, source ok\n${rest}`);
    assert.equal(
      textOf({ policy: 'nice', reason: 'SCHED_RR: EPERM' }),
      `node a, source ok\nnot scheduled in real time, nice -20 instead: SCHED_RR: EPERM\n${rest}`,
    );
  });

  it('prints what one agent holds', () => {
    const report = agent('Active');
    assert.equal(
      agentTable(report),
      [
        'node a, source ok',
        'GROUP   STATE    PRIORITY   WHY   INTERFACE   SOURCE      HOLDS                     MESSAGE',
        'web     Active   254        -     eth0        192.0.2.1   192.0.2.100,192.0.2.101',
        '',
      ].join('\n'),
    );
    assert.match(agentTable({ ...report, members: [] }), /No group has this node as a member/);
  });

  const pool = (name: string, status: Eip['status'], spec: Partial<Eip['spec']> = {}): Eip => ({
    metadata: { name },
    spec: { address: '192.0.2.0/24', protocol: 'vip', ...spec },
    ...(status === undefined ? {} : { status }),
  });

  it('prints a bar for each pool: how much of what can be given out is in use, and what is wrong with it', () => {
    const wrong = { type: 'Announced', status: 'False', reason: 'NoNode', message: 'no node may' } as const;
    const pools = [
      pool('lan', { usage: 1, poolSize: 256, leftOut: 6 }),
      pool('dmz', { usage: 4, poolSize: 4, conditions: [{ ...wrong, lastTransitionTime: '2026-01-01T00:00:00Z' }] }),
      pool('nearly', { usage: 99, poolSize: 100 }),
      pool('new', undefined, { disable: true }),
    ];
    assert.equal(
      poolTable(pools, { ...view, controllerHeardMs: now - 4_000 }),
      [
        'POOL     PROTOCOL   USED     USAGE                         HEARD   PROBLEM',
        'dmz      vip        4/4      [####################] 100%   4s      Announced: no node may',
        'lan      vip        1/250    [#...................] 0%     4s',
        'nearly   vip        99/100   [###################.] 99%    4s',
        'new      vip        -        -                             4s      disabled',
        '',
      ].join('\n'),
    );
    assert.match(poolTable([pool('lan', {})], view), /never$/m, 'no controller has a Lease');
    assert.match(poolTable([pool('lan', {})], { ...view, heard: undefined }), / \?$/m, 'Leases cannot be read');
    assert.equal(poolTable([], view), '');
  });

  it('prints each conflict once, however many groups have it, and what is not as it is meant to be', () => {
    const condition = { status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' } as const;
    const group = (name: string, status: VipGroup['status']): VipGroup => ({
      metadata: { name },
      spec: { protocol: 'vip', addresses: [], members: [] },
      ...(status === undefined ? {} : { status }),
    });
    const off = { ...condition, type: 'KernelAnswers', reason: 'StrictArpOff', message: 'set it (seen by a)' };
    const held = {
      ...condition,
      type: 'Held',
      status: 'Unknown',
      reason: 'AgentSilent',
      message: 'who knows',
    } as const;
    const taken = { address: '192.0.2.9', reason: 'AnsweredElsewhere', message: '02:00:00:00:00:09' };
    const groups = [
      ...['a', 'b', 'c', 'd', 'e'].map((name) => group(name, { conditions: [off] })),
      group('f', { conditions: [held, { ...off, type: 'Valid', status: 'True' }] }),
      group('g', { notHeld: [taken] }),
    ];
    assert.equal(
      troubleTable(groups, view),
      [
        'CONFLICT        GROUP              SINCE   REASON              WHAT AND WHERE',
        'Held            f                  5m30s   AgentSilent         who knows',
        'KernelAnswers   a,b,c and 2 more   5m30s   StrictArpOff        set it (seen by a)',
        'NotHeld         g                  -       AnsweredElsewhere   192.0.2.9: 02:00:00:00:00:09',
        '',
      ].join('\n'),
    );
    assert.equal(troubleTable([group('f', { conditions: [{ ...held, status: 'True' }] })], view), '');
  });

  it('paints on a terminal, in columns as wide as without, and nowhere else', () => {
    const group: VipGroup = {
      metadata: { name: 'web' },
      spec: { protocol: 'vip', addresses: ['192.0.2.1'], members: [{ node: 'a', priority: 254 }] },
      status: { holder: 'a', members: [{ node: 'a', state: 'Active' }] },
    };
    const painted = groupTable([group], { ...view, paint: paintFor({ isTTY: true }, {}) });
    assert.ok(painted.includes('\u001b[32ma\u001b[0m        '), painted);
    assert.equal(stripVTControlCharacters(painted), groupTable([group], view));
    const unpainted = [
      paintFor({ isTTY: true }, { NO_COLOR: '1' }),
      paintFor({}, {}),
      paintFor({ isTTY: true }, { TERM: 'dumb' }),
    ];
    for (const paint of unpainted) assert.equal(groupTable([group], { ...view, paint }), groupTable([group], view));
  });

  it('writes ages as kubectl does', () => {
    assert.deepEqual(
      [0, 119, 120, 599, 3600, 3 * 3600, 47 * 3600, 48 * 3600].map((seconds) => age(seconds * 1000)),
      ['0s', '119s', '2m0s', '9m59s', '60m', '3h', '47h', '2d'],
    );
  });
});

const now = Date.parse('2026-01-01T00:05:30Z');
const view = {
  nowMs: now,
  heard: new Map([['a', { atMs: now - 3_000, version: '1', ended: false }]]),
  local: undefined,
};
const agentTable = (status: AgentStatus) => agentTableAt(status, now);

function agent(state: 'Active' | 'Backup') {
  const member = {
    group: 'web',
    state,
    priority: 254,
    interface: 'eth0',
    address: '192.0.2.1',
    reason: undefined,
    activeSource: undefined,
    reasons: [],
    message: undefined,
    held: ['192.0.2.100', '192.0.2.101'],
    notHeld: [] as MemberReport['notHeld'],
  };
  return {
    members: [member],
    counters: {},
    drops: {},
    neighborDrops: {},
    lateness: noLateness(),
    node: 'a',
    source: 'ok',
  };
}

describe('the table of an agent that keeps connections over moves', () => {
  const status = { node: 'n1', source: 'ok', members: [] };
  const said = (connections: NonNullable<AgentStatus['connections']>) => agentTable({ ...status, connections });

  it('says how many are handed on, and to whom', () => {
    const text = said({ handedTo: ['192.0.2.1', '192.0.2.2'], count: 20, packets: {} });
    assert.match(text, /20 connections from before a move are handed to 192\.0\.2\.1, 192\.0\.2\.2/);
    assert.match(said({ handedTo: ['192.0.2.1'], count: 1, packets: {} }), /1 connection from before a move is/);
  });

  it('says that there is none', () => {
    assert.match(said({ handedTo: [], count: 0, packets: {} }), /none is from before a move now/);
  });

  it('says why they are not kept', () => {
    assert.match(said({ problem: 'no', handedTo: [], count: 0, packets: {} }), /break when addresses move: no\./);
  });
});
