import assert from 'node:assert/strict';
import type { GroupConfig } from '../../../../src/agent/engine/messages.js';
import { createLan, groupOf, type Lan, type LanHost } from './lan.js';

const second = 1_000_000;
const vip = '192.0.2.100';
const members = [1, 2, 3];

describe('the engine moves a group before it breaks', () => {
  let lan: Lan;
  let hosts: LanHost[];
  let least: number;

  const configure = (host: number, o: Partial<GroupConfig> = {}) =>
    hosts[host - 1]!.engine().configure([groupOf(members, host, o)], []);
  const holders = () => hosts.filter((host) => host.held().includes(vip)).map(({ name }) => name);
  const start = (o: Partial<GroupConfig> = {}) => {
    lan = createLan();
    hosts = members.map((number) => lan.host(number));
    for (const number of members) configure(number, o);
    lan.until(() => holders().length === 1);
    lan.run(1 * second);
    least = 9;
  };
  /** Runs on, watching how few hold the address at any instant. */
  const watch = (duration: number) => {
    const end = lan.now() + duration;
    lan.until(() => {
      least = Math.min(least, holders().length);
      return lan.now() >= end;
    });
  };

  it('when a check without a weight fails on the leader, which says why and comes back when it passes', () => {
    start();
    configure(1, { unfit: [{ type: 'CheckFailed', message: 'check web fails: refused' }] });
    watch(5 * second);
    assert.equal(least, 1);
    assert.deepEqual(holders(), ['n2']);
    const out = hosts[0]!.state('web')!;
    assert.deepEqual([out.state, out.message], ['Initialize', 'check web fails: refused']);
    configure(1, { unfit: [{ type: 'CheckFailed', message: 'check web fails: timeout' }] });
    lan.run(1 * second);
    assert.equal(hosts[0]!.state('web')!.message, 'check web fails: timeout');
    configure(1);
    lan.run(1 * second);
    const back = hosts[0]!.state('web')!;
    assert.deepEqual([back.state, back.message], ['Backup', undefined]);
    assert.deepEqual(holders(), ['n2'], 'it is sticky');
  });

  it('says why while the successor is awaited', () => {
    start();
    configure(1, { unfit: [{ type: 'CheckFailed', message: 'check web fails: refused' }] });
    hosts[0]!.engine().turn();
    assert.equal(hosts[0]!.state('web')!.message, 'check web fails: refused');
  });

  it('and says nothing of its addresses from then on, so that its successor has the last word', () => {
    // The leader's own second announcement, 200 ms after it took over, would fall due while it waits for its successor.
    lan = createLan();
    hosts = members.map((number) => lan.host(number));
    for (const number of members) configure(number);
    lan.until(() => holders().length === 1);
    lan.run(150_000);
    const leader = hosts.find(({ name }) => name === holders()[0])!;
    leader.engine().shutdown(false);
    const leftAt = lan.now();
    lan.run(1 * second);
    assert.deepEqual(
      leader.sent.filter(({ at, kind, text }) => at > leftAt && kind === 'neighbor' && text === vip),
      [],
    );
    assert.equal(holders().length, 1);
  });

  it('and announces what it has come to hold meanwhile once it stays, for want of a successor', () => {
    const slow = { advertisementInterval: 2 * second };
    const other = Uint8Array.of(192, 0, 2, 101);
    lan = createLan();
    const alone = lan.host(2);
    alone.engine().configure([groupOf(members, 2, slow)], []);
    lan.until(() => alone.held().includes(vip), 20 * second);
    const { addresses } = groupOf(members, 2);
    alone.engine().configure([groupOf(members, 2, { ...slow, yields: true, addresses: [...addresses, other] })], []);
    lan.run(1 * second);
    const from = lan.now();
    assert.ok(alone.held().includes('192.0.2.101'));
    const stays = () => alone.sent.find(({ at, text }) => at > from && text === 'priority 234')?.at;
    lan.until(() => stays() !== undefined, 10 * second);
    lan.run(100_000);
    for (const address of [vip, '192.0.2.101']) {
      const announced = alone.sent.filter(({ at, text }) => at > from && text === address).map(({ at }) => at);
      assert.equal(announced[0], stays(), `${address}, and nothing before`);
    }
  });

  for (const [first, heard] of [
    ['others', [2, 3, 1]],
    ['leader', [1, 2, 3]],
    ['leader and one other', [3, 1, 2]],
  ] as const)
    it(`when its leader is a member no more, of which the ${first} heard first`, () => {
      start();
      for (const host of heard) {
        if (host === 1) hosts[0]!.engine().configure([], ['web']);
        else hosts[host - 1]!.engine().configure([groupOf([2, 3], host)], []);
        watch(60_000);
      }
      assert.equal(least, 1);
      assert.ok(holders().includes('n2'), 'whose turn it is has not waited until the leader was silent');
    });

  it('a node that is unfit from the start stays silent', () => {
    lan = createLan();
    hosts = [lan.host(1)];
    hosts[0]!
      .engine()
      .configure(
        [groupOf([1], 1, { unfit: [{ type: 'CheckFailed', message: 'check web fails: it has not run yet' }] })],
        [],
      );
    lan.run(10 * second);
    assert.deepEqual(hosts[0]!.sent, []);
    assert.deepEqual(hosts[0]!.held(), []);
  });

  it('when checks take the leader below another member, also in a sticky group', () => {
    start();
    configure(1, {
      priority: 194,
      weighed: [{ type: 'PriorityWeighed', message: 'check web takes 60 off the priority: refused' }],
    });
    watch(5 * second);
    assert.equal(least, 1);
    assert.deepEqual(holders(), ['n2']);
    assert.match(hosts[0]!.state('web')!.message!, /takes 60 off/);
    assert.equal(hosts[0]!.state('web')!.priority, 194);
  });

  it('when checks add nothing any more to the priority of a leader that was above another for it', () => {
    start();
    configure(1, {
      priority: 254,
      weighed: [{ type: 'PriorityWeighed', message: 'check boost adds 40 to the priority' }],
      bestPeer: 234,
    });
    configure(1, { priority: 214, bestPeer: 234 });
    watch(5 * second);
    assert.equal(least, 1);
    assert.deepEqual(holders(), ['n2']);
  });

  it('not when checks leave the leader the best all the same', () => {
    start();
    configure(1, {
      priority: 244,
      weighed: [{ type: 'PriorityWeighed', message: 'check web takes 10 off the priority: refused' }],
    });
    watch(5 * second);
    assert.equal(hosts[0]!.events.filter((event) => event.type === 'member' && event.state === 'Backup').length, 1);
    assert.deepEqual(holders(), ['n1']);
  });

  it('when the controller lowers the priority of a preempting leader', () => {
    start({ preempt: true });
    configure(2, { preempt: true, priority: 254 });
    configure(1, { preempt: true, priority: 234 });
    watch(5 * second);
    assert.equal(least, 1);
    assert.deepEqual(holders(), ['n2']);
  });

  it('not when the controller merely prefers another in a sticky group', () => {
    start();
    configure(2, { priority: 254 });
    configure(1, { priority: 234 });
    watch(5 * second);
    assert.deepEqual(holders(), ['n1']);
  });

  it('when the leader becomes a member of last resort, which is sticky: it stands by afterwards, and says why meanwhile', () => {
    start();
    for (const number of [2, 3]) configure(number, { lastResorts: 3, bestPeer: number === 2 ? 214 : 234 });
    configure(1, { priority: 3, lastResorts: 3, lastResort: 'Cordoned', bestPeer: 234 });
    watch(5 * second);
    assert.equal(least, 1);
    assert.deepEqual(holders(), ['n2']);
    const resting = hosts[0]!.state('web')!;
    assert.deepEqual(
      [resting.state, resting.priority, resting.message],
      ['Backup', 3, 'leads only when no other member can: Cordoned'],
    );
    for (const number of members) configure(number);
    watch(5 * second);
    assert.equal(least, 1);
    assert.deepEqual(holders(), ['n2'], 'whoever comes back is not moved to');
    assert.equal(hosts[0]!.state('web')!.message, undefined);
  });

  it('also back, in a preempting group, once the node is of last resort no more and its delay is over', () => {
    const preempting = { preempt: true, preemptDelay: 3 * second };
    start(preempting);
    for (const number of [2, 3])
      configure(number, { ...preempting, lastResorts: 3, bestPeer: number === 2 ? 214 : 234 });
    configure(1, { ...preempting, priority: 3, lastResorts: 3, lastResort: 'NotReady', bestPeer: 234 });
    watch(5 * second);
    assert.deepEqual([least, ...holders()], [1, 'n2']);
    for (const number of members) configure(number, preempting);
    lan.run(2 * second);
    assert.deepEqual(holders(), ['n2'], 'not before its delay is over');
    lan.run(3 * second);
    assert.deepEqual(holders(), ['n1']);
  });

  it('not when the leader is of last resort and nobody else is there: it goes on until an ordinary member comes, then leads no more', () => {
    start();
    for (const number of [2, 3]) hosts[number - 1]!.engine().shutdown(true);
    lan.run(1 * second);
    configure(1, { priority: 3, lastResorts: 3, lastResort: 'NotReady', bestPeer: 234 });
    watch(5 * second);
    assert.equal(least, 1);
    assert.deepEqual(holders(), ['n1']);
    configure(3, { lastResorts: 3 });
    lan.run(5 * second);
    assert.deepEqual(holders(), ['n3']);
  });

  it('once for a leader whose condition comes and goes, however often it does', () => {
    start();
    for (let time = 0; time < 6; time++) {
      const resort = time % 2 === 0;
      for (const number of [2, 3]) configure(number, resort ? { lastResorts: 3 } : {});
      configure(1, resort ? { priority: 3, lastResorts: 3, lastResort: 'NotReady' } : {});
      watch(2 * second);
    }
    assert.equal(least, 1);
    assert.deepEqual(holders(), ['n2']);
    const moves = hosts.flatMap(({ events }) =>
      events.filter((event) => event.type === 'member' && event.state === 'Active' && event.reason === 'priority-zero'),
    );
    assert.equal(moves.filter((event) => event.type === 'member' && event.held.includes(vip)).length, 1);
  });

  it('when the leader is taken out of the group, as a drained node is', () => {
    start();
    hosts[0]!.engine().configure([], ['web']);
    for (const number of [2, 3]) {
      hosts[number - 1]!.engine().configure([groupOf([2, 3], number)], []);
    }
    watch(5 * second);
    assert.equal(least, 1);
    assert.deepEqual(holders(), ['n2']);
  });

  for (const [newcomers, late] of [
    [[2], 1_000],
    [[2, 3], 1_000],
    [[2], 60_000],
    [[2], 700_000],
  ] as const) {
    it(`to ${newcomers.length} others that come as the leader leaves, and hear of it ${late / 1000} ms later`, () => {
      lan = createLan();
      hosts = members.map((number) => lan.host(number));
      hosts[0]!.engine().configure([groupOf([1], 1)], []);
      lan.until(() => holders().length === 1);
      lan.run(1 * second);
      least = 9;
      hosts[0]!.engine().configure([], ['web']);
      watch(late);
      for (const number of newcomers) hosts[number - 1]!.engine().configure([groupOf(newcomers, number)], []);
      watch(80_000);
      assert.ok(holders().includes('n2'), 'within 80 ms of its hearing of it');
      watch(2 * second);
      assert.deepEqual(holders(), ['n2']);
      assert.equal(least, 1, 'somebody answers at any time');
    });
  }

  it('when the others hear long before the leader that it is no member any more: two answer for a while, never nobody', () => {
    start();
    for (const number of [2, 3]) hosts[number - 1]!.engine().configure([groupOf([2, 3], number)], []);
    watch(3 * second);
    hosts[0]!.engine().configure([], ['web']);
    watch(5 * second);
    assert.equal(least, 1);
    assert.deepEqual(holders(), ['n2']);
  });

  it('when the agent ends', () => {
    start();
    hosts[0]!.engine().shutdown(false);
    watch(5 * second);
    assert.equal(least, 1);
    assert.deepEqual(holders(), ['n2']);
  });

  it('with a virtual MAC is silent from the moment its successor speaks, and leaves nothing behind', () => {
    start({ virtualMac: true });
    const [leader] = hosts;
    const before = leader!.work.length;
    const began = lan.now();
    leader!.engine().shutdown(false);
    lan.run(5 * second);
    const done = leader!.work.slice(before).filter(({ what }) => !what.startsWith('put'));
    const heard = hosts[1]!.sent.find(({ at, kind }) => at >= began && kind === 'advert')!.at;
    assert.equal(done[0]!.what, 'vr2.4.51 silent');
    assert.ok(done[0]!.at - heard < 1_000, `${done[0]!.at - heard} us after the successor's first advert`);
    for (const what of ['vr2.4.51 removed', 'settings restored', `remove ${vip}`]) {
      assert.ok(
        done.some((each) => each.what === what),
        what,
      );
    }
    assert.deepEqual(holders(), ['n2']);
  });

  it('with a virtual MAC goes up before its addresses, in the leader alone', () => {
    start({ virtualMac: true });
    const [leader] = hosts;
    const advert = leader!.sent.find(({ kind }) => kind === 'advert')!.at;
    const order = leader!.work.map(({ what }) => what);
    assert.deepEqual(order.slice(0, 2), ['vr2.4.51 up', `put ${vip}`]);
    assert.ok(leader!.work.find(({ what }) => what === 'vr2.4.51 up')!.at >= advert);
    assert.ok(!hosts[1]!.work.some(({ what }) => what === 'vr2.4.51 up'));
  });

  it('with a virtual MAC the successor has it up, with the address, before it says so: the switch moves with its first advert', () => {
    start({ virtualMac: true });
    const [leader, successor] = hosts;
    leader!.engine().shutdown(false);
    const claimed = () => successor!.sent.find(({ kind }) => kind === 'advert');
    lan.until(() => claimed() !== undefined);
    assert.deepEqual(
      successor!.work.map(({ what }) => what),
      ['vr2.4.51 up', `put ${vip}`],
    );
  });

  describe('with a virtual MAC, to and fro,', () => {
    const hasItAgainAfter = (pause: number) => {
      start({ virtualMac: true });
      for (const next of [2, 1, 2, 1]) {
        const holder = 3 - next;
        configure(holder, { virtualMac: true, priority: 100, bestPeer: 254, yields: true });
        lan.until(() => holders().join() === `n${next}`);
        configure(holder, { virtualMac: true });
        lan.run(pause);
      }
      return hosts[0]!.work.map(({ what }) => what).filter((what) => what.startsWith('vr'));
    };

    it('goes on with its interface when it leads again soon', () => {
      const [up, silent] = ['vr2.4.51 up', 'vr2.4.51 silent'];
      assert.deepEqual(hasItAgainAfter(100_000), [up, silent, silent, up, silent, silent, up]);
    });

    it('has another interface by then when it leads again later', () => {
      assert.deepEqual(
        hasItAgainAfter(3 * second).filter((what) => !what.endsWith('silent')),
        ['vr2.4.51 up', 'vr2.4.51 removed', 'vr2.4.51b up', 'vr2.4.51b removed', 'vr2.4.51 up'],
      );
    });
  });
});
