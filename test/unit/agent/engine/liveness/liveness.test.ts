import assert from 'node:assert/strict';
import type { GroupConfig } from '../../../../../src/agent/engine/messages.js';
import { answerTo, seamlessPort } from '../../../../../src/core/bfd/seamless.js';
import { ipToBytes, parseIp } from '../../../../../src/core/ip/address.js';
import { encodeControlPacket } from '../../../../../src/core/wire/bfd.js';
import { decodeControlPacket } from '../../../../../src/core/wire/bfd-checks.js';
import { createLan, groupOf, type Lan, type LanHost } from '../lan.js';
import { questionTo } from './question-to.js';

const second = 1_000_000;
const members = [11, 12, 13];
/** The shortest time from the last renewal of a dead node's addresses until its kernel takes them away, less the longest since then. */
const leastLease = 1_500_000;

describe('an engine that is followed', () => {
  let lan: Lan;
  let hosts: readonly LanHost[];

  function start(o: Partial<GroupConfig> = {}): void {
    lan = createLan();
    hosts = members.map((number) => lan.host(number));
    for (const [i, host] of hosts.entries()) host.engine().configure([groupOf(members, members[i]!, o)], []);
    lan.until(() => leaders().length === 1, 10 * second);
    lan.run(5 * second);
    assert.deepEqual(leaders(), ['n11']);
  }
  const leaders = (group = 'web') =>
    hosts.filter((host) => host.state(group)?.state === 'Active').map(({ name }) => name);
  const [leader, second_, third] = [() => hosts[0]!, () => hosts[1]!, () => hosts[2]!];
  const reasonOf = (host: LanHost) => host.state('web')?.reason;
  const counted = (host: LanHost, name: string) => host.engine().report().counters[name] ?? 0;

  for (const [family, o] of [
    ['IPv4', { family: 4 }],
    ['IPv6', { family: 6, addresses: [ipToBytes(parseIp('fd00::100')!)] }],
  ] as const) {
    for (const phase of [0, 250_000, 500_000, 750_000, 990_000]) {
      it(`and is killed ${phase} us into its interval of 1 s is succeeded before its addresses can go (${family})`, () => {
        start({ advertisementInterval: second, ...o });
        lan.run(phase);
        leader().kill();
        const took = lan.until(() => leaders().includes('n12'), 4 * second);
        assert.ok(took < leastLease - 50_000, `${took} us`);
        assert.equal(reasonOf(second_()), 'peer-lost');
        lan.run(5 * second);
        assert.deepEqual(leaders().slice(-1), ['n12']);
        assert.equal(third().state('web')?.state, 'Backup');
      });
    }
  }

  describe('in a group that asks no leader', () => {
    const unasked = { advertisementInterval: second, asksLeader: false } as const;
    it('is succeeded when its adverts have been missing for as long as RFC 9568 says, and nobody asked', () => {
      start(unasked);
      leader().kill();
      const took = lan.until(() => leaders().includes('n12'), 5 * second);
      assert.ok(took > 2 * second, `${took} us`);
      assert.equal(reasonOf(second_()), 'no-response');
      for (const host of [second_(), third()]) assert.equal(counted(host, 'liveness_questions_sent'), 0);
    });

    it('is asked no more from the moment the group says so, and again when it does not', () => {
      const configure = (o: Partial<GroupConfig>) => {
        for (const [i, host] of hosts.entries()) host.engine().configure([groupOf(members, members[i]!, o)], []);
        lan.run(2 * second);
      };
      const asked = () => counted(second_(), 'liveness_questions_sent');
      start({ advertisementInterval: second });
      assert.ok(asked() > 0);
      configure(unasked);
      const before = asked();
      lan.run(30 * second);
      assert.deepEqual([asked(), leaders()], [before, ['n11']]);
      configure({ advertisementInterval: second });
      lan.run(30 * second);
      assert.ok(asked() > before);
    });
  });

  it('and stands still is succeeded as if it were dead, and yields nothing by mistake when it goes on', () => {
    start({ advertisementInterval: second });
    leader().frozenUntil = lan.now() + 20 * second;
    const took = lan.until(() => leaders().includes('n12'), 4 * second);
    assert.ok(took < leastLease, `${took} us`);
    lan.run(25 * second);
    assert.deepEqual(leaders(), ['n12']);
  });

  it('and stands still for a little longer than its peers wait leaves leadership to its successor', () => {
    for (const phase of [0, 300_000, 600_000]) {
      start({ advertisementInterval: second });
      lan.run(phase);
      leader().frozenUntil = lan.now() + 1_700_000;
      lan.until(() => leaders().includes('n12'), 4 * second);
      lan.run(5 * second);
      assert.deepEqual(leaders(), ['n12']);
      assert.equal(reasonOf(leader()), 'slept');
      assert.equal(counted(second_(), 'transitions_to_active'), 1);
    }
  });

  it('and stands still for less than its peers wait goes on leading', () => {
    start({ advertisementInterval: second });
    for (let n = 0; n < 20; n++) {
      leader().frozenUntil = lan.now() + 750_000;
      lan.run(1_370_000);
    }
    assert.deepEqual(leaders(), ['n11']);
    assert.equal(counted(second_(), 'transitions_to_active'), 0);
  });

  it('is asked little: twice a second by each Backup, each 10 s for a proof where adverts are frequent', () => {
    start({ advertisementInterval: second });
    const before = lan.datagrams.sent.length;
    lan.run(10 * second);
    const asked = lan.datagrams.sent.slice(before).filter(({ from }) => from === 'n12').length;
    assert.ok(asked >= 15 && asked <= 22, `${asked}`);
    const sent = () => lan.datagrams.sent.filter(({ from }) => from === 'n12').length;
    start({ advertisementInterval: 250_000 });
    const [first] = [sent()];
    assert.ok(first <= 2, `${first}`);
    lan.run(100 * second);
    assert.ok(sent() - first <= 10, `${sent() - first}`);
    start({ advertisementInterval: 90_000 });
    assert.equal(sent(), 0, 'never where they are very frequent');
  });

  for (const interval of [100_000, 250_000]) {
    it(`and dies between adverts each ${interval} us is succeeded without a skew, not before three of them are missing`, () => {
      for (const phase of [0.1, 0.5, 0.9]) {
        start({ advertisementInterval: interval });
        const last = lan.now();
        lan.until(() => leader().sent.some(({ at, kind }) => kind === 'advert' && at > last));
        const heardAt = lan.now();
        lan.run(phase * interval);
        leader().kill();
        lan.until(() => leaders().includes('n12'), 4 * second);
        const silence = (lan.now() - heardAt) / interval;
        assert.ok(silence > 3 && silence < 3.01, `${silence} intervals`);
        assert.equal(reasonOf(second_()), 'peer-lost');
        lan.run(second);
        assert.equal(third().state('web')?.state, 'Backup');
      }
    });

    it(`and misses two adverts each ${interval} us goes on leading`, () => {
      start({ advertisementInterval: interval });
      for (let n = 0; n < 20; n++) {
        leader().frozenUntil = lan.now() + 1.95 * interval;
        lan.run(3.37 * interval);
      }
      assert.deepEqual(leaders(), ['n11']);
      assert.equal(counted(second_(), 'transitions_to_active'), 0);
    });
  }

  for (const interval of [410_000, 480_000, 500_000, 520_000]) {
    it(`and dies between adverts each ${interval} us is succeeded by the best of many Backups alone`, () => {
      const all = [11, 12, 13, 14, 15, 16, 17, 18];
      lan = createLan();
      hosts = all.map((number) => lan.host(number));
      for (const [i, host] of hosts.entries())
        host.engine().configure([groupOf(all, all[i]!, { advertisementInterval: interval })], []);
      lan.run(15 * second);
      assert.deepEqual(leaders(), ['n11']);
      const last = lan.now();
      lan.until(() => leader().sent.some(({ at, kind }) => kind === 'advert' && at > last));
      lan.run(0.1 * interval);
      leader().kill();
      const took = lan.until(() => leaders().some((name) => name !== 'n11'), 4 * second);
      assert.ok(took < leastLease, `${took} us`);
      lan.run(5 * second);
      const tookOver = hosts.slice(1).filter((host) => counted(host, 'transitions_to_active') > 0);
      assert.deepEqual(
        tookOver.map(({ name }) => name),
        ['n12'],
      );
    });
  }

  it('and does not answer, as keepalived, is succeeded as VRRP says', () => {
    lan = createLan();
    hosts = members.map((number) => lan.host(number));
    leader().filtersDatagrams = true;
    const o = { advertisementInterval: second };
    for (const [i, host] of hosts.entries()) host.engine().configure([groupOf(members, members[i]!, o)], []);
    lan.run(20 * second);
    assert.deepEqual(leaders(), ['n11']);
    leader().kill();
    const took = lan.until(() => leaders().includes('n12'), 5 * second);
    assert.ok(took > 2 * second && took < 3.1 * second, `${took} us`);
    assert.equal(reasonOf(second_()), 'no-response');
  });

  it('and is behind a firewall from now on goes on leading, since its adverts are heard', () => {
    start({ advertisementInterval: second });
    leader().filtersDatagrams = true;
    lan.run(120 * second);
    assert.deepEqual(leaders(), ['n11']);
    for (const host of hosts) assert.ok(counted(host, 'transitions_to_active') <= 1);
    leader().filtersDatagrams = false;
    lan.run(60 * second);
    leader().kill();
    const took = lan.until(() => leaders().includes('n12'), 5 * second);
    assert.ok(took < leastLease, 'it is known to answer again');
  });

  it('is not given up by a Backup that stood still itself', () => {
    start({ advertisementInterval: second });
    for (const stall of [1_100_000, 1_900_000, 2_500_000, 6 * second]) {
      second_().frozenUntil = lan.now() + stall;
      lan.run(stall + 5 * second);
    }
    assert.deepEqual(leaders(), ['n11']);
    assert.equal(counted(second_(), 'transitions_to_active'), 0);
  });

  describe('and is asked by anybody', () => {
    function stranger() {
      const socket = lan.host(99).kernel.openDatagramSocket({
        family: 4,
        port: 50_000,
        address: Uint8Array.of(192, 0, 2, 99),
      });
      const to = { address: Uint8Array.of(192, 0, 2, 11), port: seamlessPort, scope: 0 };
      return { socket, ask: (payload: Uint8Array) => socket.sendTo(payload, to) };
    }

    it('answers so many and no more, and goes on advertising', () => {
      start({ advertisementInterval: second });
      const { socket, ask } = stranger();
      for (let n = 0; n < 3_000; n++) ask(questionTo('192.0.2.11'));
      lan.run(100_000);
      let answers = 0;
      while (socket.receive() !== undefined) answers++;
      assert.ok(answers >= 64 && answers <= 64 * 12, `${answers}`);
      assert.deepEqual(leaders(), ['n11']);
      assert.equal(counted(second_(), 'transitions_to_active'), 0);
    });

    it('answers nobody in a group that asks no leader', () => {
      for (const o of [{}, { asksLeader: false }] as const) {
        start({ advertisementInterval: second, ...o });
        const { socket, ask } = stranger();
        ask(questionTo('192.0.2.11'));
        lan.run(10_000);
        assert.equal(socket.receive() === undefined, 'asksLeader' in o);
      }
    });

    it('answers nothing that is for another, no question, or no packet, and counts why', () => {
      start({ advertisementInterval: second });
      const { socket, ask } = stranger();
      ask(questionTo('192.0.2.12'));
      ask(new Uint8Array(24));
      ask(new Uint8Array(3));
      const noQuestion = questionTo('192.0.2.11');
      noQuestion[1]! &= ~0x02;
      ask(noQuestion);
      lan.run(10_000);
      assert.equal(socket.receive(), undefined);
      const { bfdDrops } = leader().engine().report();
      assert.deepEqual(bfdDrops, { 'other-reflector': 1, version: 1, truncated: 1, 'no-question': 1 });
    });

    it('never takes a stranger for a leader that answers', () => {
      lan = createLan();
      hosts = members.map((number) => lan.host(number));
      leader().filtersDatagrams = true;
      for (const [i, host] of hosts.entries())
        host.engine().configure([groupOf(members, members[i]!, { advertisementInterval: second })], []);
      lan.run(10 * second);
      const { asked } = lan.datagrams.sent
        .filter(({ from }) => from === 'n12')
        .map(({ payload }) => ({ asked: decodeControlPacket(payload) }))
        .at(-1)!;
      assert.ok(asked.ok);
      const forged = answerTo(asked.packet, asked.packet.yourDiscriminator, 10_000);
      assert.ok(forged.ok);
      const { socket } = stranger();
      for (let port = 0; port < 4; port++)
        socket.sendTo(encodeControlPacket(forged.answer), { address: Uint8Array.of(192, 0, 2, 12), port, scope: 0 });
      lan.run(10_000);
      assert.equal(counted(second_(), 'liveness_peers_proven'), 0);
    });
  });

  describe('with fast detection', () => {
    const fastDetection = { interval: 10_000, multiplier: 3 };
    /** Three questions, the last of which has its time. */
    const noticed = 31_000;
    /** What lies between members whose priorities differ by 20: of fifteen intervals. */
    const step = (20 * 15 * 10_000) / 256;
    const groups = (self: number, count: number, o: Partial<GroupConfig> = {}) =>
      Array.from({ length: count }, (_, n) =>
        groupOf(members, self, {
          name: `g${n}`,
          virtualRouterId: 51 + n,
          advertisementInterval: second,
          fastDetection,
          addresses: [Uint8Array.of(192, 0, 2, 100 + n)],
          ...o,
        }),
      );

    function startGroups(count: number, o: Partial<GroupConfig> = {}): void {
      lan = createLan();
      hosts = members.map((number) => lan.host(number));
      for (const [i, host] of hosts.entries()) host.engine().configure(groups(members[i]!, count, o), []);
      lan.run(10 * second);
      for (let n = 0; n < count; n++) assert.deepEqual(leaders(`g${n}`), ['n11']);
    }

    it('is succeeded in all its groups as soon as that is noticed, by one and the same member', () => {
      startGroups(16);
      leader().kill();
      const all = () => Array.from({ length: 16 }, (_, n) => leaders(`g${n}`).includes('n12')).every(Boolean);
      const took = lan.until(all);
      assert.ok(took <= noticed, `${took} us`);
      lan.run(5 * second);
      for (let n = 0; n < 16; n++) assert.equal(third().state(`g${n}`)?.state, 'Backup');
      assert.equal(counted(third(), 'transitions_to_active'), 0);
    });

    it('is succeeded as fast each time, in all its groups', () => {
      startGroups(16);
      const led = (name: string) =>
        Array.from({ length: 16 }, (_, n) => leaders(`g${n}`).includes(name)).filter(Boolean).length;
      for (let n = 0; n < 3; n++) {
        leader().cut = true;
        const took = lan.until(() => led('n12') === 16);
        assert.ok(took <= noticed, `${took} us, the ${n}. time`);
        lan.run(second);
        leader().cut = false;
        lan.run(5 * second);
        assert.deepEqual([led('n11'), led('n12')], [16, 0]);
      }
    });

    it('is succeeded by the next but one after as long as that is behind the next, which is dead as well', () => {
      startGroups(1);
      leader().kill();
      second_().kill();
      const took = lan.until(() => leaders('g0').includes('n13'));
      assert.ok(took > 20_000 + step && took <= noticed + step, `${took} us`);
    });

    it('is succeeded after a whole skew where checks may have changed who is the best', () => {
      startGroups(1, { weighs: true });
      leader().kill();
      const took = lan.until(() => leaders('g0').includes('n12'));
      assert.ok(took > 20_000 + (22 * 15 * 10_000) / 256, `${took} us`);
    });

    it('is asked as often for sixteen groups as for one', () => {
      const perSecond = (count: number) => {
        startGroups(count);
        const before = lan.datagrams.sent.length;
        lan.run(second);
        return lan.datagrams.sent.slice(before).filter(({ from }) => from === 'n12').length;
      };
      const [one, sixteen] = [perSecond(1), perSecond(16)];
      assert.ok(one >= 2 && one <= 4, `${one}`);
      assert.ok(sixteen <= one, `${sixteen}`);
    });

    it('takes leadership back at once when it was only slow', () => {
      startGroups(1);
      leader().frozenUntil = lan.now() + 80_000;
      lan.run(second);
      assert.deepEqual(leaders('g0').length, 1);
    });
  });
});
