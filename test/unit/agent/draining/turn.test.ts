import assert from 'node:assert/strict';
import fc from 'fast-check';
import { wantedOf } from '../../../../src/agent/draining/contents.js';
import { doubt } from '../../../../src/agent/draining/probing.js';
import { groupProblem, problemOf } from '../../../../src/agent/draining/problems.js';
import { configure } from '../../../../src/agent/draining/state.js';
import { counts } from '../../../../src/agent/draining/table.js';
import { keptFamilies, turn } from '../../../../src/agent/draining/turn.js';
import { never } from '../../../../src/core/time.js';
import { LinuxError } from '../../../../src/platform/linux/errno.js';
import { simulatedNode as node } from './simulated-node.js';

const vip = '192.0.2.100';
const minute = 60_000_000;

/** A Backup that 192.0.2.1 has led for a second. */
function backup() {
  const n = node();
  n.keep(minute);
  n.lead('192.0.2.1');
  n.runUntil(1_000_000);
  return n;
}

describe('the drainer’s turns', () => {
  it('does nothing where nobody asks for it', () => {
    const n = node();
    n.keep(0);
    n.lead('192.0.2.1');
    assert.equal(turn(n.turns), never);
    assert.equal(n.transactions(), 0);
  });

  it('has the way to the leader ready on a Backup, and asks nobody whether it lives', () => {
    const n = backup();
    assert.deepEqual(n.contents()?.direct, [{ arrivesBy: 2, address: vip, to: '192.0.2.1', until: never }]);
    assert.deepEqual(n.asked, []);
  });

  it('hands on until the window is over, while the former leader’s node answers', () => {
    const n = backup();
    n.answering.add('192.0.2.1');
    n.lead(undefined);
    n.runUntil(59_000_000);
    assert.deepEqual(n.contents()?.direct, [
      { arrivesBy: 2, address: vip, to: '192.0.2.1', until: 1_000_000 + minute },
    ]);
    n.runUntil(66_000_000);
    assert.deepEqual(n.contents()?.direct, []);
    const { length } = n.asked;
    n.runUntil(70_000_000);
    assert.equal(n.asked.length, length);
  });

  it('ends it within a quarter of a second when that node fell silent and is dead, and resets connections', () => {
    const n = backup();
    n.takeOver();
    n.runUntil(1_250_000);
    assert.deepEqual(n.contents()?.direct, []);
    assert.deepEqual(n.contents()?.ended, [{ arrivesBy: 2, address: vip, until: 1_000_000 + minute }]);
    assert.ok(n.lines.some((line) => line.includes('does not answer')));
  });

  it('gives who resigned more time: it was alive a moment ago, and may be busy', () => {
    const n = backup();
    n.lead(undefined);
    n.runUntil(1_750_000);
    assert.equal(n.contents()?.direct.length, 1);
    n.runUntil(2_000_000);
    assert.equal(n.contents()?.direct.length, 0);
  });

  it('knows at once that a node is dead which did not answer while its leader was silent', () => {
    const n = backup();
    assert.ok(doubt(n.turns, { nic: 2, address: '192.0.2.1' }));
    n.runUntil(1_400_000);
    assert.equal(n.contents()?.direct.length, 1, 'it leads as yet');
    n.takeOver();
    n.runUntil(1_430_000);
    assert.deepEqual(n.contents()?.direct, []);
    assert.equal(n.contents()?.ended.length, 1);
  });

  it('takes one that answers meanwhile for alive, asks it no longer than it need, and asks nobody else', () => {
    const n = backup();
    n.answering.add('192.0.2.1');
    assert.ok(doubt(n.turns, { nic: 2, address: '192.0.2.1' }));
    assert.ok(!doubt(n.turns, { nic: 2, address: '192.0.2.1' }), 'it is being asked already');
    assert.ok(!doubt(n.turns, { nic: 2, address: '192.0.2.99' }));
    n.runUntil(1_400_000);
    n.answering.clear();
    n.takeOver();
    n.runUntil(1_900_000);
    assert.equal(n.contents()?.direct.length, 1);
    const other = backup();
    doubt(other.turns, { nic: 2, address: '192.0.2.1' });
    other.runUntil(4_000_000);
    const { length } = other.asked;
    assert.ok(length > 0);
    other.runUntil(10_000_000);
    assert.equal(other.asked.length, length, 'its adverts came again');
  });

  it('takes back who was taken for dead when it answers soon, and asks for it no longer than that', () => {
    const n = backup();
    n.takeOver();
    n.runUntil(5_000_000);
    assert.equal(n.contents()?.direct.length, 0);
    n.answering.add('192.0.2.1');
    n.runUntil(5_500_000);
    assert.deepEqual(n.contents()?.ended, []);
    assert.deepEqual(
      n.contents()?.direct.map(({ to, until }) => [to, until]),
      [['192.0.2.1', 1_000_000 + minute]],
    );
    n.answering.clear();
    n.runUntil(20_000_000);
    const { length } = n.asked;
    n.answering.add('192.0.2.1');
    n.runUntil(30_000_000);
    assert.equal(n.contents()?.direct.length, 0, 'by now it may have been started anew');
    assert.equal(n.asked.length, length);
  });

  it('judges one that was dead for one address anew when it ceases to lead another', () => {
    const n = node();
    n.keep(minute, 'web');
    n.lead('192.0.2.1');
    n.lead('192.0.2.1', 'web');
    n.runUntil(1_000_000);
    n.takeOver();
    n.runUntil(1_500_000);
    assert.equal(n.contents()?.direct.length, 1, 'of the other it leads still');
    n.takeOver('web');
    n.runUntil(1_750_000);
    assert.deepEqual(n.contents()?.direct, []);
    assert.equal(n.contents()?.ended.length, 2);
    n.answering.add('192.0.2.1');
    n.runUntil(2_000_000);
    assert.equal(n.contents()?.direct.length, 2);
  });

  for (const [how, deafen] of [
    ['its own link is down', (n: ReturnType<typeof node>) => Object.assign(n.state, { link: false })],
    ['more frames come than it can read', (n: ReturnType<typeof node>) => Object.assign(n.state, { overrun: true })],
  ] as const)
    it(`takes nobody for dead while ${how}`, () => {
      const n = backup();
      n.answering.add('192.0.2.1');
      n.lead(undefined);
      n.runUntil(2_000_000);
      deafen(n);
      n.runUntil(8_000_000);
      Object.assign(n.state, { link: true, overrun: false });
      n.runUntil(10_000_000);
      assert.equal(n.contents()?.direct.length, 1);
      assert.deepEqual(n.contents()?.ended, []);
    });

  it('asks everybody where one Ethernet address does not answer, and knows the member by its new one', () => {
    const n = backup();
    n.answering.add('192.0.2.1');
    n.lead(undefined);
    n.runUntil(2_000_000);
    assert.deepEqual(n.sought, []);
    n.state.replaced = Uint8Array.of(2, 0, 0, 0, 0, 8);
    n.state.neighbor = n.state.replaced;
    n.runUntil(4_000_000);
    assert.equal(n.contents()?.direct.length, 1);
    assert.deepEqual([...(n.contents()?.members ?? [])], ['020000000008']);
    assert.ok(n.sought.length <= 2, 'then that one is asked again');
  });

  it('makes the table anew when somebody has changed a chain, a set or a flag of it', () => {
    const n = backup();
    const before = n.transactions();
    n.state.outline = 'dormant';
    n.runUntil(5_000_000);
    assert.equal(n.transactions(), before + 1);
  });

  it('leaves the table of a former life alone until it knows where all groups are, but not for ever', () => {
    const n = node();
    n.keep(minute, 'web');
    n.lead('192.0.2.1');
    n.runUntil(2_000_000);
    assert.equal(n.transactions(), 0);
    n.lead('192.0.2.1', 'web');
    turn(n.turns);
    assert.equal(n.contents()?.direct.length, 2);
    const alone = node();
    alone.keep(minute, 'web');
    alone.lead('192.0.2.1');
    alone.runUntil(4_000_000);
    assert.equal(alone.contents()?.direct.length, 1);
  });

  it('knows members by the Ethernet addresses of their adverts and of the table of neighbours, not by one of a virtual router', () => {
    const n = node();
    n.state.neighbor = Uint8Array.of(0, 0, 0x5e, 0, 1, 7);
    n.keep(minute);
    n.lead('192.0.2.1', 'api', Uint8Array.of(2, 0, 0, 0, 0, 5));
    n.runUntil(1_000_000);
    assert.deepEqual([...(n.contents()?.members ?? [])], ['020000000005']);
    n.state.neighbor = Uint8Array.of(2, 0, 0, 0, 0, 6);
    n.runUntil(5_000_000);
    assert.deepEqual([...(n.contents()?.members ?? [])], ['020000000006']);
  });

  it('hands nothing to who is behind a gateway, which would give it back', () => {
    const n = node();
    n.state.gateway = () => Uint8Array.of(192, 0, 2, 254);
    n.keep(minute);
    n.lead('192.0.2.1');
    n.runUntil(1_000_000);
    assert.deepEqual(n.contents()?.direct, []);
    assert.equal(problemOf(n.turns)?.reason, 'NotOnLink');
    n.state.gateway = () => undefined;
    n.runUntil(5_000_000);
    assert.equal(problemOf(n.turns), undefined);
    assert.equal(n.contents()?.direct.length, 1);
  });

  it('says nothing of a link that is down, by which the kernel has no routes', () => {
    const n = backup();
    n.state.link = false;
    n.state.gateway = () => Uint8Array.of(192, 0, 2, 254); // by another NIC
    n.runUntil(5_000_000);
    assert.equal(problemOf(n.turns), undefined);
    assert.equal(n.contents()?.direct.length, 1);
    n.state.link = true;
    n.runUntil(9_000_000);
    assert.equal(problemOf(n.turns)?.reason, 'NotOnLink');
  });

  it('hands nothing to who sent one advert and led nothing, but to who led before', () => {
    const n = backup();
    n.answering.add('192.0.2.1').add('192.0.2.2');
    n.lead('192.0.2.2', 'api', undefined, false);
    n.runUntil(1_100_000);
    n.lead(undefined);
    n.runUntil(2_000_000);
    assert.deepEqual(
      n.contents()?.direct.map(({ to }) => to),
      ['192.0.2.1'],
    );
    assert.deepEqual(n.contents()?.passed, n.contents()?.direct);
    assert.ok(!n.asked.includes('192.0.2.2'));
  });

  it('renews at one cost however many addresses there are, and says of a change only what changes', () => {
    const costs = [1, 4_000].map((count) => {
      const n = node();
      const many = Array.from({ length: count }, (_, i) => `10.0.${i >> 8}.${i & 255}`);
      const groups = new Map([
        ['api', { addresses: many, window: minute, isSaid: true }],
        ['web', { addresses: ['192.0.2.200'], window: minute, isSaid: true }],
      ]);
      configure(n.turns.draining, groups, 0);
      n.lead('192.0.2.1');
      n.lead('192.0.2.1', 'web');
      n.runUntil(1_000_000);
      const { wanted } = n.turns;
      n.runUntil(5_000_000);
      assert.equal(n.turns.wanted, wanted, 'nothing is looked at anew');
      const renewal = n.octets();
      n.lead(undefined, 'web');
      n.runUntil(5_001_000);
      return [renewal, n.octets()];
    });
    assert.deepEqual(costs[0], costs[1]);
  });

  it('says no more of an empty group than holds for all: it has no family, and nothing to keep', () => {
    const n = node();
    const empty = { addresses: [], window: minute, isSaid: true };
    const six = { addresses: ['2001:db8::1'], window: minute, isSaid: true };
    configure(
      n.turns.draining,
      new Map([
        ['api', six],
        ['ahead', empty],
      ]),
      0,
    );
    n.lead('fe80::1');
    n.runUntil(4_000_000);
    assert.equal(groupProblem(n.turns, 'api', six)?.reason, 'NoTranslation');
    assert.equal(groupProblem(n.turns, 'ahead', empty), undefined);
  });

  it('does a change that failed again, soon', () => {
    const n = backup();
    n.answering.add('192.0.2.1');
    n.lead(undefined);
    n.state.broken = true;
    assert.throws(() => turn(n.turns), LinuxError);
    n.state.broken = false;
    turn(n.turns);
    assert.deepEqual(n.contents()?.direct[0]?.until, 1_000_000 + minute);
  });

  it('goes on taking a leader for alive whose adverts come, though it did not answer for another address', () => {
    const n = node();
    n.keep(minute, 'web');
    n.lead('192.0.2.1');
    n.lead('192.0.2.1', 'web');
    n.runUntil(1_000_000);
    n.lead(undefined); // of this address it has led, of the other it does
    n.runUntil(10_000_000);
    assert.ok(n.lines.some((line) => line.includes('does not answer')));
    n.answering.add('192.0.2.1');
    n.lead(undefined, 'web');
    n.runUntil(11_000_000);
    assert.deepEqual(
      n.contents()?.direct.map(({ address, to }) => `${address} ${to}`),
      ['192.0.2.101 192.0.2.1'],
    );
  });

  it('says so of the groups that it concerns, and of no other', () => {
    const n = node();
    n.state.gateway = (address) => (address[3] === 1 ? Uint8Array.of(192, 0, 2, 254) : undefined);
    n.keep(minute, 'web');
    n.lead('192.0.2.1');
    n.lead('192.0.2.2', 'web');
    n.runUntil(1_000_000);
    const problems = ['api', 'web'].map((name) => groupProblem(n.turns, name, n.turns.draining.groups.get(name)!));
    assert.deepEqual(
      problems.map((problem) => problem?.reason),
      ['NotOnLink', undefined],
    );
  });

  it('puts the table back when somebody has taken it away', () => {
    const n = backup();
    const before = n.transactions();
    n.flush();
    n.runUntil(5_000_000);
    assert.equal(n.transactions(), before + 1);
    assert.ok(n.contents() !== undefined);
  });

  it('leaves a table of its name alone that is somebody else’s, says so, and goes on when it is gone', () => {
    const n = node();
    n.state.foreign = true;
    n.keep(minute);
    n.lead('192.0.2.1');
    n.runUntil(1_000_000);
    assert.equal(n.transactions(), 0);
    assert.match(problemOf(n.turns)?.message ?? '', /table of nf_tables called openelb-vip/);
    n.state.foreign = false;
    n.runUntil(7_000_000);
    assert.equal(problemOf(n.turns), undefined);
    assert.ok(n.contents() !== undefined);
  });

  for (const [whose, owned, said] of [
    ['a running program owns', true, /^a running program owns the table .* end that program/],
    ['the agent may not change', false, /: give the agent the capability NET_ADMIN/],
  ] as const)
    it(`says what helps with a table that ${whose}`, () => {
      const n = node();
      if (owned) n.state.owned = true;
      else n.state.refusal = { code: 'EPERM', message: 'EPERM' };
      n.keep(minute);
      n.lead('192.0.2.1');
      n.runUntil(1_000_000);
      assert.match(problemOf(n.turns)?.message ?? '', said);
      Object.assign(n.state, { owned: false, refusal: undefined });
      n.runUntil(7_000_000);
      assert.equal(problemOf(n.turns), undefined);
    });

  it('says why nothing can be kept, once, changes nothing meanwhile, and begins when it can', () => {
    const n = node();
    n.state.kubeProxy = false;
    n.keep(minute);
    n.lead('192.0.2.1');
    n.runUntil(40_000_000);
    assert.equal(n.transactions(), 0);
    assert.deepEqual(n.lines, ['connections are not kept over moves']);
    n.state.kubeProxy = true;
    n.runUntil(60_000_000);
    assert.ok(n.contents() !== undefined);
  });

  it('says of groups that did not ask nothing where nothing translates, and has no warning in the log', () => {
    const n = node();
    n.state.kubeProxy = false;
    const silent = { addresses: [vip], window: minute, isSaid: false };
    configure(n.turns.draining, new Map([['api', silent]]), 0);
    n.lead('192.0.2.1');
    n.runUntil(10_000_000);
    assert.equal(problemOf(n.turns)?.reason, 'NoTranslation');
    assert.equal(groupProblem(n.turns, 'api', silent), undefined);
    assert.equal(groupProblem(n.turns, 'api', { ...silent, isSaid: true })?.reason, 'NoTranslation');
    assert.deepEqual(n.warnings, []);
    assert.deepEqual(keptFamilies(n.turns), []);
    n.state.kubeProxy = true;
    n.runUntil(40_000_000);
    assert.deepEqual(keptFamilies(n.turns), ['ip']);
  });

  it('goes on while kube-proxy’s rules were flushed, until it is clear that nobody puts them back', () => {
    const n = backup();
    n.state.kubeProxy = false;
    n.runUntil(50_000_000);
    assert.ok(n.contents() !== undefined && problemOf(n.turns) === undefined);
    n.runUntil(80_000_000);
    assert.ok(n.contents() === undefined);
    assert.equal(problemOf(n.turns)?.reason, 'NoTranslation');
  });

  it('ends at the next look where IPVS tells conntrack nothing any more: nobody puts that back', () => {
    const n = backup();
    n.state.files = { '/proc/self/net/ip_vs': 'a\nb\nc\nTCP\n', '/proc/sys/net/ipv4/vs/conntrack': '0\n' };
    n.runUntil(20_000_000);
    assert.equal(n.contents(), undefined);
    assert.equal(problemOf(n.turns)?.reason, 'NoConntrack');
    assert.deepEqual(keptFamilies(n.turns), []);
  });

  it('says that nothing translates for a family, and makes no table for it', () => {
    const n = node();
    const six = { addresses: ['2001:db8::1'], window: minute, isSaid: true };
    configure(n.turns.draining, new Map([['api', six]]), 0);
    n.lead('fe80::1');
    n.runUntil(4_000_000);
    assert.equal(n.transactions(), 0);
    assert.match(problemOf(n.turns)?.message ?? '', /^kube-proxy has no rules for IPv6 here: /);
    assert.equal(groupProblem(n.turns, 'api', six), problemOf(n.turns));
    assert.equal(
      groupProblem(n.turns, 'web', { ...six, addresses: ['192.0.2.100'] }),
      undefined,
      'of IPv4 nothing is wrong',
    );
  });

  it('says what the kernel refuses, and tries again', () => {
    const n = node();
    n.state.refusal = { code: 'EOPNOTSUPP', message: 'EOPNOTSUPP' };
    n.keep(minute);
    n.lead('192.0.2.1');
    n.runUntil(4_000_000);
    assert.match(problemOf(n.turns)?.message ?? '', /EOPNOTSUPP/);
    n.state.refusal = undefined;
    n.runUntil(8_000_000);
    assert.equal(problemOf(n.turns), undefined);
  });

  it('takes the table away when nobody asks for it any more', () => {
    const n = backup();
    n.keep(0);
    turn(n.turns);
    assert.equal(n.contents(), undefined);
  });

  it('counts on over tables that were made anew', () => {
    const n = backup();
    const table = n.turns.tables.get('ip')!;
    assert.equal(counts(table).get('excess'), 7);
    n.flush();
    n.runUntil(5_000_000);
    assert.equal(counts(table).get('excess'), 14);
  });

  it('has in its tables at any time what it would find by looking at everything anew, and never turns without a pause', () => {
    const leaders = [undefined, '192.0.2.1', '192.0.2.2', '192.0.2.3'] as const;
    const event = fc.oneof(
      fc.record({ lead: fc.constantFrom(...leaders), group: fc.constantFrom('api', 'web') }),
      fc.record({ window: fc.constantFrom(0, 5_000_000, minute) }),
      fc.record({ answers: fc.constantFrom('192.0.2.1', '192.0.2.2'), does: fc.boolean() }),
      fc.record({ gateway: fc.boolean() }),
      fc.record({ link: fc.boolean() }),
    );
    const history = fc.array(fc.tuple(event, fc.integer({ min: 0, max: 20_000_000 })), { maxLength: 15 });
    fc.assert(
      fc.property(history, (events) => {
        const n = node();
        n.keep(minute, 'web');
        for (const [each, later] of events) {
          if ('lead' in each) n.lead(each.lead, each.group);
          if ('window' in each) n.keep(each.window, 'web');
          if ('answers' in each) n.answering[each.does ? 'add' : 'delete'](each.answers);
          if ('gateway' in each) n.state.gateway = () => (each.gateway ? Uint8Array.of(192, 0, 2, 254) : undefined);
          if ('link' in each) n.state.link = each.link;
          const turns = n.runUntil(n.now() + later);
          assert.ok(turns <= 30 + later / 8_000, `${turns} turns in ${later} us`); // three may be asked each 25 ms
          const { wanted, draining } = n.turns;
          if (wanted !== undefined && n.now() < wanted.until) assert.deepEqual(wanted, wantedOf(draining, n.now()));
          for (const { to } of n.contents()?.direct ?? []) assert.ok(leaders.slice(1).includes(to as '192.0.2.1'));
        }
      }),
    );
  });
});
