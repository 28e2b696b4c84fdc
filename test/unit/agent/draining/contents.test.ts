import assert from 'node:assert/strict';
import { wantedOf } from '../../../../src/agent/draining/contents.js';
import { type Binding, configure, keyOf, leaderSeen, lost, newDraining } from '../../../../src/agent/draining/state.js';
import { never } from '../../../../src/core/time.js';

const window = 60_000_000;
const binding = (o: Partial<Binding> = {}) => ({
  leader: '192.0.2.1' as string | undefined,
  nic: 2,
  answersOn: 2,
  mac: new Uint8Array(6),
  source: new Uint8Array(4),
  ...o,
});
const draining = (...addresses: readonly string[]) => {
  const d = newDraining();
  configure(d, new Map([['api', { addresses, window, isSaid: true }]]), 0);
  return d;
};

describe('what the tables are to hold', () => {
  it('each family has its own addresses', () => {
    const d = draining('192.0.2.100', '2001:db8::1');
    leaderSeen(
      d,
      { type: 'leader', proven: true, silenced: false, group: 'api', station: new Uint8Array(6), ...binding() },
      1,
    );
    const { tables } = wantedOf(d, 2);
    assert.deepEqual(
      tables.get('ip')?.direct.map(({ address }) => address),
      ['192.0.2.100'],
    );
    assert.deepEqual(
      tables.get('ip6')?.direct.map(({ address }) => address),
      ['2001:db8::1'],
    );
  });

  it('with a virtual MAC, hosts’ segments come in by its interface and members’ by the NIC; all leave by the NIC', () => {
    const d = draining('192.0.2.100');
    for (const [at, leader] of ['192.0.2.1', undefined, '192.0.2.3'].entries())
      leaderSeen(
        d,
        { type: 'leader', proven: true, silenced: false, group: 'api', ...binding({ leader, answersOn: 7 }) },
        at,
      );
    for (const address of ['192.0.2.1', '192.0.2.3']) d.stations.set(keyOf({ nic: 2, address }), new Uint8Array(6));
    const ip = wantedOf(d, 3).tables.get('ip')!;
    assert.deepEqual(ip.direct, [{ arrivesBy: 7, address: '192.0.2.100', to: '192.0.2.3', until: never }]);
    assert.deepEqual(ip.passed, [{ arrivesBy: 2, address: '192.0.2.100', to: '192.0.2.1', until: 1 + window }]);
    assert.deepEqual(
      [...ip.nics],
      [
        [7, 2],
        [2, 2],
      ],
    );
  });

  it('an address that comes from another group goes to who led that one', () => {
    const d = newDraining();
    const a = { addresses: ['192.0.2.100'], window, isSaid: true };
    configure(
      d,
      new Map([
        ['a', a],
        ['b', { addresses: [], window, isSaid: true }],
      ]),
      0,
    );
    leaderSeen(
      d,
      { type: 'leader', proven: true, silenced: false, group: 'a', station: new Uint8Array(6), ...binding() },
      1,
    );
    leaderSeen(d, { type: 'leader', proven: true, silenced: false, group: 'b', ...binding({ leader: undefined }) }, 1);
    configure(
      d,
      new Map([
        ['a', { addresses: [], window, isSaid: true }],
        ['b', a],
      ]),
      5,
    );
    assert.deepEqual(wantedOf(d, 6).tables.get('ip')?.direct, [
      { arrivesBy: 2, address: '192.0.2.100', to: '192.0.2.1', until: 5 + window },
    ]);
  });

  it('a new address of a group goes to nobody who led before it came', () => {
    const d = draining('192.0.2.100');
    leaderSeen(
      d,
      { type: 'leader', proven: true, silenced: false, group: 'api', station: new Uint8Array(6), ...binding() },
      1,
    );
    leaderSeen(
      d,
      { type: 'leader', proven: true, silenced: false, group: 'api', ...binding({ leader: undefined }) },
      2,
    );
    configure(d, new Map([['api', { addresses: ['192.0.2.100', '192.0.2.101'], window, isSaid: true }]]), 3);
    assert.deepEqual(
      wantedOf(d, 4)
        .tables.get('ip')
        ?.direct.map(({ address }) => address),
      ['192.0.2.100'],
    );
  });

  it('watches those to whom segments may go and who do not lead, and nobody else', () => {
    const d = draining('192.0.2.100');
    leaderSeen(
      d,
      { type: 'leader', proven: true, silenced: false, group: 'api', station: new Uint8Array(6), ...binding() },
      1,
    );
    assert.deepEqual([...wantedOf(d, 2).watched], []);
    assert.equal(wantedOf(d, 2).handing.size, 0);
    leaderSeen(
      d,
      { type: 'leader', proven: true, silenced: false, group: 'api', ...binding({ leader: undefined }) },
      2,
    );
    assert.deepEqual([...wantedOf(d, 3).watched], [['2 192.0.2.1', true]]);
    assert.deepEqual(wantedOf(d, 3).handing, new Map([['api', new Set(['192.0.2.1'])]]));
    lost(d, { nic: 2, address: '192.0.2.1' }, 3);
    assert.deepEqual([...wantedOf(d, 3).watched], []);
    assert.equal(wantedOf(d, 3).tables.get('ip')?.ended.length, 1);
  });

  it('remembers no leaders of a group that keeps no connections, and who leads once it does', () => {
    const d = newDraining();
    const group = { addresses: ['192.0.2.100'], window: 0, isSaid: true };
    configure(d, new Map([['api', group]]), 0);
    for (const [at, leader] of ['192.0.2.1', '192.0.2.2'].entries())
      leaderSeen(
        d,
        {
          type: 'leader',
          proven: true,
          silenced: false,
          group: 'api',
          station: new Uint8Array(6),
          ...binding({ leader }),
        },
        at,
      );
    assert.equal(d.histories.size, 0);
    configure(d, new Map([['api', { ...group, window }]]), 3);
    assert.deepEqual(d.histories.get('192.0.2.100'), [{ leader: '192.0.2.2', until: never }]);
    configure(d, new Map([['api', group]]), 4);
    configure(d, new Map([['api', group]]), 4 + 3_600_000_001);
    assert.equal(d.histories.size, 0);
  });

  it('forgets addresses that no group has any more, when nobody can need them', () => {
    const d = draining('192.0.2.100');
    leaderSeen(
      d,
      { type: 'leader', proven: true, silenced: false, group: 'api', station: new Uint8Array(6), ...binding() },
      1,
    );
    configure(d, new Map(), 2);
    assert.equal(d.histories.size, 1);
    configure(d, new Map(), 2 + 3_600_000_001);
    assert.equal(d.histories.size, 0);
  });
});
