import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { Contents } from '../../src/agent/draining/contents.js';
import { lease, makeTable, tableName, tableOf } from '../../src/agent/draining/ruleset.js';
import { counts, newTable, put, remove, renew, type Table } from '../../src/agent/draining/table.js';
import { never } from '../../src/core/time.js';
import type { TableFamily } from '../../src/platform/linux/nftables/message.js';
import { type Nftables, openNftables } from '../../src/platform/linux/nftables/nftables.js';
import { addElements, addSet, addTable, emptySet, removeTable } from '../../src/platform/linux/nftables/statements.js';
import { eventually } from '../lab/eventually.js';
import { openTwoHosts, requireRoot, type TwoHosts } from './two-hosts.js';

const addressesOf: Readonly<Record<TableFamily, { readonly vip: string; readonly leader: string }>> = {
  ip: { vip: '192.0.2.100', leader: '192.0.2.1' },
  ip6: { vip: '2001:db8::100', leader: 'fe80::1' },
};

describe('nf_tables', function () {
  this.timeout(60_000);
  let hosts: TwoHosts;
  let nftables: Nftables;

  before(function () {
    requireRoot(this);
    hosts = openTwoHosts('nftables');
    nftables = hosts.inB(() => openNftables());
  });
  after(() => {
    nftables?.close();
    hosts?.close();
  });
  const list = (...args: string[]) => hosts.execOnB('nft', ...args);
  const contentsOf = (family: TableFamily): Contents => {
    const { vip, leader } = addressesOf[family];
    return {
      nics: new Map([[1, 1]]),
      direct: [{ arrivesBy: 1, address: vip, to: leader, until: never }],
      passed: [],
      returned: [],
      ended: [],
      members: new Set(['020000000001']),
    };
  };

  for (const family of ['ip', 'ip6'] as const)
    describe(`with the table of ${family}`, () => {
      let table: Table;
      beforeEach(() => {
        table = newTable(family, nftables);
      });
      afterEach(() => {
        nftables.transact([removeTable(tableOf(family))]);
      });

      it('holds and changes twenty thousand addresses, each with all that is to be done for it', () => {
        const { leader } = addressesOf[family];
        const addressAt = (n: number) =>
          family === 'ip' ? `10.0.${n >> 8}.${n & 255}` : `2001:db8::${n.toString(16)}`;
        const contentsUntil = (until: number): Contents => {
          const entries = Array.from({ length: 20_000 }, (_, n) => ({
            arrivesBy: 1,
            address: addressAt(n + 1),
            to: leader,
            until,
          }));
          const returned = entries.map((entry) => ({ ...entry, from: '020000000001' }));
          return { ...contentsOf(family), direct: entries, passed: entries, returned };
        };
        for (const until of [300_000_000, 301_000_000])
          assert.equal(put(table, contentsUntil(until), true, 0), undefined);
      });

      it('shows it as it was meant, and reads it back', () => {
        assert.equal(put(table, contentsOf(family), true, 0), undefined);
        const shown = list('list', 'table', family, tableName);
        const { vip, leader } = addressesOf[family];
        assert.match(shown, /hook prerouting priority mangle/);
        assert.match(shown, /tcp flags ! syn,rst ct state new /);
        assert.match(shown, /tcp flags rst \/ syn,rst ct state invalid,new/);
        assert.match(shown, new RegExp(`"lo" \\. ${vip} : ${leader}`));
        assert.match(shown, new RegExp(`dup to iif \\. ${family} daddr map @direct device iif map @nics`));
        assert.match(shown, /reject with tcp reset/);
        assert.match(shown, /(ip ttl|ip6 hoplimit) <= 1 drop/);
        list('delete', 'table', family, tableName);
        hosts.execOnB('sh', '-c', `printf '%s' '${shown.replaceAll("'", '')}' | nft -f -`);
        assert.equal(list('list', 'table', family, tableName).split('\n').length, shown.split('\n').length);
      });

      it('takes an invalid segment for an unknown one where conntrack does so', () => {
        put(table, contentsOf(family), false, 0);
        assert.match(list('list', 'table', family, tableName), /ct state invalid,new/);
      });

      it('leaves a table alone that is somebody else’s', () => {
        list('add', 'table', family, tableName);
        assert.equal(put(table, contentsOf(family), true, 0)?.reason, 'ForeignTable');
        assert.doesNotMatch(list('list', 'table', family, tableName), /chain/);
      });

      for (const [how, act] of [
        ['its rules were flushed', () => list('flush', 'table', family, tableName)],
        ['it was switched off', () => list('add', 'table', family, tableName, '{ flags dormant; }')],
        ['a chain of it drops the rest', () => list('chain', family, tableName, 'prerouting', '{ policy drop; }')],
        ['it was removed', () => list('delete', 'table', family, tableName)],
        ['everything was flushed', () => list('flush', 'ruleset')],
      ] as const)
        it(`puts it back when ${how}`, () => {
          put(table, contentsOf(family), true, 0);
          const before = list('list', 'table', family, tableName).replace(/expires \w+/g, '');
          act();
          assert.equal(put(table, contentsOf(family), true, 0), undefined);
          assert.equal(list('list', 'table', family, tableName).replace(/expires \w+/g, ''), before);
        });

      it('leaves a table alone that a running program owns, says so, and takes its place when that has ended', async () => {
        const owner = spawn('ip', ['netns', 'exec', hosts.b, 'nft', '-i'], { stdio: ['pipe', 'ignore', 'inherit'] });
        try {
          const set = `set ${lease} { type iface_index; flags timeout; }`;
          owner.stdin.write(`add table ${family} ${tableName} { flags owner; ${set}; }\n`);
          await eventually('its table', () => nftables.hasSet(tableOf(family), lease));
          const fault = put(table, contentsOf(family), true, 0);
          assert.equal(fault?.reason, 'ForeignTable');
          assert.match(fault.message, /a running program owns .* end that program/);
        } finally {
          owner.stdin.end();
        }
        await eventually('its end', () => !nftables.hasTable(tableOf(family)));
        assert.equal(put(table, contentsOf(family), true, 0), undefined);
      });

      it('ends its lease by itself', async () => {
        put(table, contentsOf(family), true, 0);
        assert.equal(nftables.elements(tableOf(family), 'lease').length, 1);
        renew(table, 200);
        await eventually('the end of the lease', () => nftables.elements(tableOf(family), 'lease').length === 0);
      });

      it('ends windows by itself', async () => {
        const { vip, leader } = addressesOf[family];
        const direct = [{ arrivesBy: 1, address: vip, to: leader, until: 200_000 }];
        put(table, { ...contentsOf(family), direct }, true, 0);
        await eventually('its end', () => nftables.elements(tableOf(family), 'direct').length === 0);
      });

      it('holds as many addresses as groups may have', async () => {
        const { leader } = addressesOf[family];
        const direct = Array.from({ length: 4_000 }, (_, n) => ({
          arrivesBy: 1,
          address: family === 'ip' ? `10.1.${n >> 8}.${n & 255}` : `2001:db8::${n.toString(16)}`,
          to: leader,
          until: never,
        }));
        assert.equal(put(table, { ...contentsOf(family), direct }, true, 0), undefined);
        // A list that is taken while the kernel still makes room for so many lacks some of them.
        await eventually('all', () => nftables.elements(tableOf(family), 'direct').length === 4_000);
        assert.equal(put(table, contentsOf(family), true, 0), undefined);
        assert.equal(nftables.elements(tableOf(family), 'direct').length, 1);
      });

      it('is changed into what it would be filled with', () => {
        const { vip, leader } = addressesOf[family];
        const [other, third] = family === 'ip' ? ['192.0.2.101', '192.0.2.2'] : ['2001:db8::101', 'fe80::2'];
        const at = (address: string, until = never) => ({ arrivesBy: 1, address, until });
        const later = 3_600_000_000;
        const states: readonly Contents[] = [
          contentsOf(family),
          {
            ...contentsOf(family),
            direct: [{ ...at(vip, later), to: leader }],
            passed: [{ ...at(vip, later), to: third }],
            returned: [
              { ...at(vip, later), from: '020000000001', to: third },
              { ...at(other, later), from: '020000000002', to: undefined },
            ],
            members: new Set(['020000000001', '020000000002']),
          },
          { ...contentsOf(family), direct: [{ ...at(vip, later), to: third }], ended: [at(other, later)] },
          { ...contentsOf(family), nics: new Map([[1, 2]]), direct: [], members: new Set() },
        ];
        /** In no order: sets have none. */
        const shown = () =>
          list('list', 'table', family, tableName)
            .replace(/ expires \w+/g, '')
            .replace(/\s+/g, ' ')
            .replace(/elements = \{([^}]*)\}/g, (_, all: string) =>
              all
                .split(',')
                .map((each) => each.trim())
                .sort()
                .join(),
            );
        const refused: string[] = [];
        const strict: Nftables = {
          ...nftables,
          transact(messages) {
            const refusal = nftables.transact(messages);
            if (refusal !== undefined) refused.push(refusal.message);
            return refusal;
          },
        };
        for (const from of states)
          for (const to of states) {
            put(newTable(family, nftables), to, true, 0);
            const wanted = shown();
            const changing = newTable(family, strict);
            put(changing, from, true, 0);
            const { made } = changing;
            assert.equal(put(changing, to, true, 0), undefined);
            assert.equal(changing.made, made, 'it is not made anew');
            assert.equal(shown(), wanted);
          }
        assert.deepEqual(refused, [], 'only what differs was said');
      });

      it('puts in the place of what has just ended what comes then', () => {
        const { vip, leader } = addressesOf[family];
        const until = (end: number) => ({
          ...contentsOf(family),
          direct: [{ arrivesBy: 1, address: vip, to: leader, until: end }],
        });
        put(table, until(300_000), true, 0);
        put(table, until(3_600_000_000), true, 300_001); // the kernel has it still
        assert.match(list('list', 'table', family, tableName), new RegExp(`${vip} timeout (59m|1h)[^,]* : ${leader}`));
      });

      it('counts, and takes itself away', () => {
        put(table, contentsOf(family), true, 0);
        assert.deepEqual([...counts(table).values()], [0, 0, 0, 0, 0]);
        remove(table);
        assert.equal(nftables.hasTable(tableOf(family)), false);
      });
    });

  it('performs a transaction as a whole or not at all', () => {
    const table = { family: 'ip', table: 'trial' } as const;
    const refused = nftables.transact([addTable(table), emptySet(table, 'missing')]);
    assert.equal(refused?.code, 'ENOENT');
    assert.equal(nftables.hasTable(table), false);
    const element = { key: Uint8Array.of(1, 0, 0, 0) };
    const messages = [
      addTable(table),
      addSet(table, 's', 1, { key: ['iface_index'] }),
      ...addElements(table, 's', [element]),
    ];
    assert.equal(nftables.transact(messages), undefined);
    assert.equal(nftables.hasSet(table, 's'), true);
    nftables.transact([removeTable(table)]);
  });

  it('answers for what is not there', () => {
    assert.deepEqual(nftables.rules(tableOf('ip')), []);
    assert.equal(nftables.elements(tableOf('ip'), 'connections').length, 0);
    assert.equal(nftables.hasChain(tableOf('ip'), 'prerouting'), false);
    assert.ok(makeTable('ip', { loose: true, resets: true }).length > 10);
  });
});
