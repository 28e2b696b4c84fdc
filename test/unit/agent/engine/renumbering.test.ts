import assert from 'node:assert/strict';
import type { GroupConfig } from '../../../../src/agent/engine/messages.js';
import { ipToBytes, parseIp } from '../../../../src/core/ip/address.js';
import { encodeAdvertFrame } from '../../../../src/core/wire/vrrp-frame.js';
import { createLan, groupOf, type Lan, type LanHost } from './lan.js';

const ms = 1_000;
const second = 1_000_000;
const vip = '192.0.2.100';
const members = [1, 2, 3];
const bytes = (text: string) => ipToBytes(parseIp(text)!);

const orders = [
  [1, 2, 3],
  [1, 3, 2],
  [2, 1, 3],
  [2, 3, 1],
  [3, 1, 2],
  [3, 2, 1],
];

describe('a group that gets another virtual router ID', () => {
  let lan: Lan;
  let hosts: LanHost[];
  let counts: Set<number>;

  const start = (o: Partial<GroupConfig> = {}) => {
    lan = createLan();
    hosts = members.map((number) => lan.host(number));
    for (const number of members) configure(number, o);
    lan.until(() => holders().length === 1);
    lan.run(1 * second);
    assert.deepEqual(holders(), ['n1']);
    counts = new Set();
    for (const host of hosts) host.events.length = 0;
  };
  const configure = (number: number, o: Partial<GroupConfig>) =>
    hosts[number - 1]!.engine().configure([groupOf(members, number, o)], []);
  const holders = () => hosts.filter((host) => host.held().includes(vip)).map(({ name }) => name);
  /** Runs on, noting how many hold the address at each instant. */
  const watch = (duration: number) => {
    const end = lan.now() + duration;
    lan.until(() => {
      counts.add(holders().length);
      return lan.now() >= end;
    }, duration + second);
  };
  const becameActive = () =>
    hosts.flatMap(({ name, events }) =>
      events.flatMap((e) => (e.type === 'member' && e.state === 'Active' ? [name] : [])),
    );
  const adverts = (host: LanHost, since: number) =>
    host.sent.filter(({ at, kind }) => kind === 'advert' && at >= since).map(({ at, id }) => ({ at: at - since, id }));

  for (const advertisementInterval of [10 * ms, 250 * ms]) {
    for (const gap of [0, 4 * advertisementInterval, 3 * second]) {
      for (const order of orders) {
        it(`goes on with its leader at ${advertisementInterval / ms} ms when the news reaches ${order.map((n) => `n${n}`)}, ${gap / ms} ms apart`, () => {
          start({ advertisementInterval });
          for (const number of order) {
            configure(number, { advertisementInterval, virtualRouterId: 52, formerIds: [51] });
            watch(gap);
          }
          watch(20 * second);
          assert.deepEqual([...counts], [1], 'one holder at every instant');
          assert.deepEqual(new Set(becameActive()), new Set(['n1']), 'nobody else took over');
          assert.deepEqual(
            hosts.map((host) => host.state('web')?.state),
            ['Active', 'Backup', 'Backup'],
          );
        });
      }
    }
  }

  it('goes on when the leader dies while half of them know', () => {
    for (const knowing of [[1], [2], [1, 2], [2, 3], [3]]) {
      start();
      for (const number of knowing) configure(number, { virtualRouterId: 52 });
      lan.run(300 * ms);
      hosts[0]!.kill();
      lan.until(() => holders().includes('n2'), 1 * second);
      lan.run(5 * second);
      for (const number of [2, 3]) configure(number, { virtualRouterId: 52 });
      watch(5 * second);
      assert.deepEqual(holders(), ['n2'], `${knowing}`);
    }
  });

  it('neither touches its addresses nor announces them anew', () => {
    start();
    lan.run(10 * second);
    const [leader] = hosts;
    const [work, announced] = [leader!.work.length, leader!.sent.filter(({ kind }) => kind === 'neighbor').length];
    for (const number of members) configure(number, { virtualRouterId: 52 });
    lan.run(5 * second);
    assert.deepEqual(leader!.work.slice(work), []);
    assert.equal(leader!.sent.filter(({ kind }) => kind === 'neighbor').length, announced);
  });

  it('advertises at once under both IDs, and after ten seconds never again under the former', () => {
    start();
    const since = lan.now();
    for (const number of members) configure(number, { virtualRouterId: 52 });
    lan.run(30 * second);
    const sent = adverts(hosts[0]!, since);
    assert.deepEqual(
      sent.slice(0, 2).map(({ at, id }) => [at, id]),
      [
        [0, 52],
        [0, 51],
      ],
    );
    const former = sent.filter(({ id }) => id === 51);
    assert.ok(former.at(-1)!.at > 9 * second && former.at(-1)!.at <= 10 * second, `${former.at(-1)!.at}`);
    assert.ok(sent.filter(({ id }) => id === 52).length >= 120);
    assert.deepEqual([...adverts(hosts[1]!, since), ...adverts(hosts[2]!, since)], [], 'Backups say nothing');
  });

  it('finds together again when one hears of it long after the others', () => {
    start();
    for (const number of [1, 2]) configure(number, { virtualRouterId: 52 });
    watch(60 * second);
    assert.deepEqual(holders(), ['n1'], 'the late one took over under the former ID and was answered');
    assert.ok(!counts.has(0));
    configure(3, { virtualRouterId: 52 });
    watch(20 * second);
    assert.deepEqual(holders(), ['n1']);
  });

  it('follows a leader that hears of it long after the others', () => {
    start();
    for (const number of [2, 3]) configure(number, { virtualRouterId: 52 });
    watch(60 * second);
    assert.deepEqual([...counts], [1]);
    assert.deepEqual(adverts(hosts[1]!, 0), []);
    configure(1, { virtualRouterId: 52 });
    watch(20 * second);
    assert.deepEqual([...counts], [1]);
  });

  it('follows it also after a restart, when the configuration names the former ID', () => {
    start();
    hosts[1]!.kill();
    hosts[1]!.restart();
    configure(2, { virtualRouterId: 52, formerIds: [51] });
    watch(10 * second);
    assert.deepEqual([...counts], [1]);
    assert.equal(hosts[1]!.state('web')!.state, 'Backup');
  });

  it('hands over under both IDs', () => {
    start();
    for (const number of [1, 2]) configure(number, { virtualRouterId: 52 });
    watch(1 * second);
    hosts[0]!.engine().shutdown(false);
    watch(5 * second);
    assert.deepEqual([...counts].includes(0), false);
    assert.deepEqual(holders(), ['n2']);
  });

  it('hears no stranger under the former ID, and says nothing of it', () => {
    start();
    for (const number of members) configure(number, { virtualRouterId: 52 });
    for (let i = 0; i < 20; i++) {
      for (const host of hosts) host.inject(foreign(51));
      watch(1 * second);
    }
    assert.deepEqual([...counts], [1]);
    assert.deepEqual(
      hosts.flatMap(({ events }) => events.filter(({ type }) => type === 'sighting')),
      [],
    );
  });

  it('leaves the ID to a group that has it now', () => {
    start();
    for (const number of members) configure(number, { virtualRouterId: 52 });
    const other = { name: 'mail', virtualRouterId: 51, addresses: [bytes('192.0.2.101')] };
    for (const number of members) hosts[number - 1]!.engine().configure([groupOf(members, number, other)], []);
    watch(20 * second);
    assert.deepEqual([...counts], [1]);
    assert.deepEqual(
      hosts.map((host) => [host.state('web')?.state, host.state('mail')?.state]),
      [
        ['Active', 'Active'],
        ['Backup', 'Backup'],
        ['Backup', 'Backup'],
      ],
    );
  });

  it('that another group has on the NIC waits for that one, and says so', () => {
    start();
    const other = { name: 'mail', virtualRouterId: 52, addresses: [bytes('192.0.2.101')] };
    for (const number of members) hosts[number - 1]!.engine().configure([groupOf(members, number, other)], []);
    lan.run(2 * second);
    for (const number of members) configure(number, { virtualRouterId: 52 });
    lan.run(5 * second);
    assert.match(hosts[0]!.state('web')!.message!, /virtual router ID 52 is in use on eth0 by group mail/);
    for (const host of hosts) host.engine().configure([], ['mail']);
    lan.until(() => holders().length === 1);
  });

  it('with virtual MACs moves to the interface with the new one, and tells its hosts within a millisecond', () => {
    start({ virtualMac: true });
    const [leader] = hosts;
    const work = leader!.work.length;
    const sent = leader!.sent.length;
    const began = lan.now();
    for (const number of members) configure(number, { virtualMac: true, virtualRouterId: 52 });
    lan.run(1 * second);
    const done = leader!.work.slice(work).map(({ what }) => what);
    assert.deepEqual(
      done.filter((what) => what !== `remove ${vip}`),
      ['vr2.4.52 up', `put ${vip}`, 'vr2.4.51 silent', 'vr2.4.51 removed'],
    );
    const told = leader!.sent.slice(sent).find(({ kind }) => kind === 'neighbor');
    assert.ok(told !== undefined && told.at - began < 1 * ms);
    assert.equal(told.mac, '00:00:5e:00:01:34');
    assert.deepEqual(holders(), ['n1']);
    assert.deepEqual(new Set(becameActive()), new Set(['n1']));
    assert.ok(!hosts[1]!.work.some(({ what }) => what === 'vr2.4.52 up'), "a Backup's stays down");
  });

  function foreign(virtualRouterId: number, version: 2 | 3 = 3): Uint8Array {
    return encodeAdvertFrame({
      advert: {
        version,
        family: 4,
        virtualRouterId,
        priority: 200,
        interval: 1_000_000,
        addresses: [bytes('192.0.2.150')],
      },
      source: bytes('192.0.2.66'),
      sourceMac: Uint8Array.of(2, 0, 0, 0, 0, 0x66),
      destination: bytes('224.0.0.18'),
      destinationMac: Uint8Array.of(1, 0, 0x5e, 0, 0, 18),
      checksum: 'pseudo-header',
    });
  }

  describe('because of a stranger', () => {
    const sightings = (host: LanHost) => host.events.flatMap((e) => (e.type === 'sighting' ? [e] : []));

    for (const version of [3, 2] as const) {
      it(`which is told at once, and again as lasting when there were three adverts in five seconds, of version ${version}`, () => {
        start();
        for (let i = 0; i < 8; i++) {
          hosts[0]!.inject(foreign(51, version));
          lan.run(1 * second);
        }
        assert.deepEqual(
          sightings(hosts[0]!).map(({ kind, offender, lasting }) => [kind, offender, lasting]),
          [
            ['stranger', '192.0.2.66', undefined],
            ['stranger', '192.0.2.66', true],
          ],
        );
      });
    }

    it('which was there before anybody led, is lasting with its first advert', () => {
      start();
      hosts[0]!.restart();
      hosts[1]!.cut = hosts[2]!.cut = true;
      configure(1, {});
      lan.run(20 * ms);
      hosts[0]!.inject(foreign(51));
      lan.run(1 * ms);
      assert.deepEqual(
        sightings(hosts[0]!).map(({ offender, lasting }) => [offender, lasting]),
        [['192.0.2.66', true]],
      );
    });

    it('is not lasting with a frame now and then', () => {
      start();
      for (let i = 0; i < 5; i++) {
        hosts[0]!.inject(foreign(51));
        lan.run(200 * second);
      }
      assert.ok(sightings(hosts[0]!).every(({ lasting }) => lasting === undefined));
    });
  });
});

describe('a leader that is asked to yield', () => {
  let lan: Lan;
  let hosts: LanHost[];
  let least: number;
  const configure = (number: number, o: Partial<GroupConfig>) =>
    hosts[number - 1]!.engine().configure([groupOf(members, number, o)], []);
  const holders = () => hosts.filter((host) => host.held().includes(vip)).map(({ name }) => name);
  const watch = (duration: number) => {
    const end = lan.now() + duration;
    lan.until(() => {
      least = Math.min(least, holders().length);
      return lan.now() >= end;
    }, duration + second);
  };
  const startWithLeader2 = () => {
    least = 9;
    lan = createLan();
    hosts = members.map((number) => lan.host(number));
    for (const number of [2, 3]) configure(number, {});
    lan.until(() => holders().length === 1);
    configure(1, {});
    lan.run(2 * second);
    assert.deepEqual(holders(), ['n2'], 'it is sticky');
  };

  for (const order of orders) {
    it(`hands over to the best member without a moment at which nobody holds the address (${order})`, () => {
      startWithLeader2();
      for (const number of order) {
        configure(number, { yields: true });
        watch(100 * ms);
      }
      watch(2 * second);
      assert.deepEqual([holders(), least], [['n1'], 1]);
      for (const number of order) configure(number, {});
      watch(2 * second);
      assert.deepEqual(holders(), ['n1']);
    });
  }

  it('stays when it is the best itself', () => {
    startWithLeader2();
    hosts[0]!.kill();
    for (const number of [2, 3])
      configure(number, { priority: 254 - 20 * (number - 2), bestPeer: number === 2 ? 234 : 254, yields: true });
    lan.run(5 * second);
    assert.deepEqual(holders(), ['n2']);
  });

  it('goes on when there is nobody to hand over to', () => {
    startWithLeader2();
    for (const number of [1, 3]) hosts[number - 1]!.kill();
    configure(2, { yields: true });
    watch(5 * second);
    assert.deepEqual([holders(), least], [['n2'], 1]);
  });
});
