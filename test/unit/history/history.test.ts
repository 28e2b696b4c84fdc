import assert from 'node:assert/strict';
import type { AgentHistory } from '../../../src/agent/history/remembered.js';
import type { VipGroup } from '../../../src/api/vip-group.js';
import { clockOffsets, clocksText } from '../../../src/history/clocks.js';
import { historyTable } from '../../../src/history/history-table.js';
import { mergedHistory } from '../../../src/history/merge.js';

const start = Date.parse('2026-01-01T00:00:00Z');

describe('openelb-vip history', () => {
  const took = {
    at: '2026-01-01T00:00:01.500Z',
    from: 'Backup',
    to: 'Active',
    reason: 'no-response',
    peer: '192.0.2.1',
  };
  const left = { at: '2026-01-01T00:00:00.250Z', from: 'Active', to: 'Initialize', reason: 'link-down' };
  const web: VipGroup = {
    metadata: { name: 'web' },
    spec: {
      protocol: 'vip',
      addresses: [],
      members: [
        { node: 'a', priority: 254, address: '192.0.2.1' },
        { node: 'b', priority: 234, address: '192.0.2.2' },
      ],
    },
    status: {
      members: [
        { node: 'b', state: 'Active', history: [took] },
        { node: 'a', state: 'Lost', history: [left] },
      ],
    },
  };
  const here: AgentHistory = {
    node: 'b',
    version: '0.1.0',
    now: start + 10_000,
    entries: [
      { at: start, group: 'web', from: 'Initialize', to: 'Backup', reason: 'startup', priority: 234 },
      {
        at: start + 1_500,
        group: 'web',
        from: 'Backup',
        to: 'Active',
        reason: 'no-response',
        priority: 234,
        peer: '192.0.2.1',
      },
      { at: start + 2_000, group: 'other', from: 'Initialize', to: 'Backup', reason: 'startup', priority: 234 },
    ],
  };

  it('merges by time what the status of groups and the agent on this host remember, each once, and names peers', () => {
    assert.equal(
      historyTable(mergedHistory([web], [here], 'web'), start + 10_000),
      [
        'TIME                       AGO   GROUP   NODE   FROM         TO           WHY           PEER',
        '2026-01-01T00:00:00.000Z   10s   web     b      Initialize   Backup       startup       -',
        '2026-01-01T00:00:00.250Z   9s    web     a      Active       Initialize   link-down     -',
        '2026-01-01T00:00:01.500Z   8s    web     b      Backup       Active       no-response   a',
        '',
      ].join('\n'),
    );
    assert.equal(mergedHistory([web], [here], undefined).length, 4);
    assert.equal(historyTable([], start), 'Nothing is remembered.\n');
  });

  it('has what a node did that is no member any more, with when it left, and still knows it by its address', () => {
    const leftAt = '2026-01-01T00:00:02Z';
    const gone: VipGroup = {
      ...web,
      spec: { ...web.spec, members: web.spec.members.slice(1) },
      status: {
        members: [{ node: 'b', state: 'Active', history: [took] }],
        formerMembers: [{ node: 'a', leftAt, address: '192.0.2.1', history: [left] }],
      },
    };
    assert.equal(
      historyTable(mergedHistory([gone], [], 'web'), start + 10_000),
      [
        'TIME                       AGO   GROUP   NODE              FROM     TO           WHY           PEER',
        '2026-01-01T00:00:00.250Z   9s    web     a (left 8s ago)   Active   Initialize   link-down     -',
        '2026-01-01T00:00:01.500Z   8s    web     b                 Backup   Active       no-response   a',
        '',
      ].join('\n'),
    );
    const back = mergedHistory([{ ...web, status: gone.status! }], [], 'web');
    assert.ok(back.length === 2 && back.every(({ leftMs }) => leftMs === undefined), 'a member again has not left');
  });

  it('leaves out what is no time', () => {
    const spoilt = { ...web, status: { members: [{ node: 'a', history: [{ ...left, at: 'yesterday' }] }] } };
    assert.deepEqual(mergedHistory([spoilt], [], undefined), []);
  });

  it('says whose clock differs from that of this machine, at least by how much', () => {
    const heard = (seconds: number, ended = false) => ({ atMs: start + seconds * 1000, version: '1', ended });
    const offsets = clockOffsets(
      new Map([
        ['right', heard(-3)],
        ['fast', heard(37)],
        ['slow', heard(-70)],
        ['ended', heard(-70, true)],
      ]),
      start,
    );
    assert.match(
      clocksText(offsets) ?? '',
      /: that of fast is at least 37 s ahead, that of slow is at least 60 s behind, unless its agent is silent; set them/,
    );
    assert.equal(clocksText(clockOffsets(new Map([['right', heard(-3)]]), start)), undefined);
    const asked = clockOffsets(new Map([['a', heard(-3)]]), start, new Map([['a', 4_000]]));
    assert.deepEqual([...asked], [['a', 4_000]], 'as the controller has found when it asked');
  });
});
