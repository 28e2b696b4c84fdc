import assert from 'node:assert/strict';
import { ipToBytes, parseIp } from '../../../../src/core/ip/address.js';
import { encodeArpProbe } from '../../../../src/core/wire/neighbor-frame.js';
import { encodeAdvertFrame } from '../../../../src/core/wire/vrrp-frame.js';
import { createLan, groupOf, type Lan, type LanHost } from './lan.js';

const ms = 1_000;
const second = 1_000_000;
const bytes = (text: string) => ipToBytes(parseIp(text)!);
const vip = '192.0.2.100';

describe('the engine', () => {
  let lan: Lan;
  let hosts: LanHost[];

  const members = [1, 2, 3];
  const startAll = (o: Parameters<typeof groupOf>[2] = {}) => {
    lan = createLan();
    hosts = members.map((number) => lan.host(number));
    for (const [index, host] of hosts.entries()) host.engine().configure([groupOf(members, members[index]!, o)], []);
  };
  const holders = () => hosts.filter((host) => host.held().includes(vip));
  const leaders = () => hosts.filter((host) => host.state('web')?.state === 'Active');
  const elected = () => {
    lan.until(() => holders().length === 1);
    return holders()[0]!;
  };

  describe('electing', () => {
    it('gives a fresh group to the highest priority after its Active_Down_Interval, and to nobody else', () => {
      startAll();
      const took = lan.until(() => leaders().length > 0);
      assert.ok(lan.until(() => holders().length > 0) <= 51 * ms, 'first it asks whether somebody has the address');
      assert.ok(Math.abs(took - (3 * 250 + (2 * 250) / 256) * ms) < 1 * ms, `${took} us`);
      lan.run(5 * second);
      assert.deepEqual(
        hosts.map((host) => host.held()),
        [[vip], [], []],
      );
    });

    it('advertises before it touches addresses, and announces after', () => {
      startAll();
      const leader = elected();
      lan.run(10 * ms);
      const advert = leader.sent.findIndex(({ kind }) => kind === 'advert');
      const announcement = leader.sent.findIndex(({ kind, text }) => kind === 'neighbor' && text === vip);
      const put = leader.work.find(({ what }) => what === `put ${vip}`)!;
      assert.ok(leader.sent[advert]!.at <= put.at && put.at <= leader.sent[announcement]!.at);
      assert.equal(leader.sent[announcement]!.text, vip);
    });

    it('elects a leader for a group without addresses, which then answers for a new one as soon as it is known that nobody else has it', () => {
      startAll({ addresses: [] });
      lan.until(() => leaders().length === 1);
      lan.run(1 * second);
      for (const [index, host] of hosts.entries()) {
        host.engine().configure([groupOf(members, members[index]!, { addresses: [bytes(vip)] })], []);
      }
      const took = lan.until(() => holders().length === 1);
      assert.ok(took <= 51 * ms, `${took} us`);
      lan.run(1 * ms);
      assert.ok(holders()[0]!.sent.some(({ kind, text }) => kind === 'neighbor' && text === vip));
    });

    it('elects over IPv6 link-local addresses, with the virtual link-local address first in the advert', () => {
      startAll({ family: 6, addresses: [bytes('2001:db8::100')] });
      lan.until(() => hosts.some((host) => host.held().includes('2001:db8::100')));
      lan.run(2 * second);
      assert.equal(leaders().length, 1);
      assert.deepEqual(leaders()[0]!.held(), ['2001:db8::100'], 'the derived link-local address is listed, not held');
    });
  });

  describe('failing over', () => {
    it('replaces a killed leader within the bound, and the kernel ends its leases within 3 s', () => {
      startAll();
      const leader = elected();
      lan.run(1 * second);
      leader.kill();
      const took = lan.until(() => holders().some((host) => host !== leader));
      assert.ok(took <= (3 * 250 + 22 * (250 / 256)) * ms + 1 * ms, `${took} us`);
      assert.ok(took + lan.until(() => !leader.held().includes(vip)) <= 3 * second);
    });

    it('hands over on shutdown without a moment at which nobody holds the address', () => {
      startAll();
      const leader = elected();
      lan.run(1 * second);
      leader.engine().shutdown(false);
      let least = 3;
      lan.until(() => {
        least = Math.min(least, holders().length);
        return leader.events.some(({ type }) => type === 'released');
      });
      assert.equal(least, 1);
      assert.notEqual(holders()[0], leader);
      assert.deepEqual(leader.held(), []);
    });

    it('releases at once when told not to wait', () => {
      startAll();
      const leader = elected();
      leader.engine().shutdown(true);
      leader.engine().turn();
      assert.deepEqual(leader.held(), []);
      assert.equal(leader.sent.findLast(({ kind }) => kind === 'advert')!.text, 'priority 0');
    });

    it('drops the addresses before anything else after sleeping past its peers patience, and claims nothing', () => {
      startAll();
      const leader = elected();
      lan.run(1 * second);
      leader.frozenUntil = lan.now() + 1500 * ms; // the lease of 2 s has not run out
      lan.run(1400 * ms);
      const asleep = leader.sent.length;
      lan.run(5 * second);
      assert.deepEqual(leader.sent.slice(asleep), [], 'not one frame');
      assert.deepEqual(leader.held(), []);
      assert.equal(leaders().length, 1);
      assert.notEqual(leaders()[0], leader);
    });

    it('leaves the election when its link goes down and returns as Backup', () => {
      startAll();
      const leader = elected();
      leader.setLink({ running: false });
      lan.run(1 * ms);
      assert.deepEqual(leader.held(), []);
      assert.match(leader.state('web')!.message!, /eth0 is down/);
      lan.until(() => leaders().length === 1);
      leader.setLink({ running: true });
      lan.run(3 * second);
      assert.equal(leader.state('web')!.state, 'Backup');
      assert.equal(leader.state('web')!.message, undefined);
    });

    it('settles on one holder after a split heals', () => {
      startAll();
      const leader = elected();
      leader.cut = true;
      lan.until(() => leaders().length === 2);
      leader.cut = false;
      lan.run(1 * second);
      assert.equal(holders().length, 1);
    });
  });

  describe('holding addresses', () => {
    it('renews leases for as long as it leads', () => {
      startAll();
      const leader = elected();
      for (let i = 0; i < 40; i++) {
        lan.run(250 * ms);
        assert.deepEqual(leader.held(), [vip]);
      }
    });

    it('puts back what somebody removed, and more slowly when it keeps happening', () => {
      startAll();
      const leader = elected();
      const outages: number[] = [];
      for (let i = 0; i < 4; i++) {
        lan.run(1 * second);
        leader.removeAddress(vip);
        outages.push(lan.until(() => leader.held().includes(vip)));
      }
      assert.ok(outages[0]! < 150 * ms, `${outages}`);
      assert.ok(outages[3]! > 2 * outages[0]!, `${outages}`);
    });

    it('puts back at once what had stood for long', () => {
      startAll();
      const leader = elected();
      lan.run(40 * second);
      leader.removeAddress(vip);
      assert.ok(lan.until(() => leader.held().includes(vip)) < 1 * ms);
    });

    it('goes on trying when the kernel refuses, says so once, and announces only what is in place', () => {
      startAll();
      for (const host of hosts) host.refuse = 'ENOBUFS: no';
      lan.until(() => leaders().length === 1);
      lan.run(5 * second);
      const leader = leaders()[0]!;
      const warnings = leader.events.filter(
        (event) => event.type === 'log' && event.message === 'address not in place',
      );
      assert.equal(warnings.length, 1);
      assert.deepEqual(
        leader.sent.filter(({ kind, text }) => kind === 'neighbor' && text === vip),
        [],
      );
      assert.deepEqual(
        leader.state('web')!.notHeld.map(({ address, reason }) => [address, reason]),
        [[vip, 'Refused']],
      );
      leader.refuse = undefined;
      lan.until(() => leader.held().includes(vip));
    });

    it('removes at its start what an earlier life left behind, and nothing that is not in its groups', () => {
      lan = createLan();
      const host = lan.host(1);
      const other = bytes('192.0.2.200');
      const leftover = { interfaceIndex: 2, lifetimeSeconds: 2 };
      host.kernel.rtnetlink.putAddresses([
        { ...leftover, address: bytes(vip) },
        { ...leftover, address: other },
      ]);
      host.engine().configure([groupOf([1], 1)], []);
      host.engine().turn();
      assert.deepEqual(host.held(), ['192.0.2.200']);
    });

    it('adds and removes addresses of a group it leads without touching the others', () => {
      startAll();
      const leader = elected();
      lan.run(1 * second);
      const before = leader.work.length;
      leader.engine().configure([groupOf(members, 1, { addresses: [vip, '192.0.2.101'].map(bytes) })], []);
      lan.run(60 * ms);
      leader.engine().configure([groupOf(members, 1, { addresses: ['192.0.2.101'].map(bytes) })], []);
      lan.run(1 * ms);
      assert.deepEqual(
        leader.work.slice(before).map(({ what }) => what),
        ['put 192.0.2.101', `remove ${vip}`],
      );
    });

    it('sends every due advert between two batches when it takes a thousand addresses', () => {
      const addresses = Array.from({ length: 250 }, (_, i) => bytes(`198.51.100.${i}`));
      startAll();
      const group = (index: number, number: number) =>
        groupOf(members, number, { name: `g${index}`, virtualRouterId: 60 + index, addresses });
      for (const [at, host] of hosts.entries()) {
        host.engine().configure(
          [0, 1, 2, 3].map((index) => ({
            ...group(index, members[at]!),
            addresses: addresses.map((each) => Uint8Array.of(198, 51, 100 + index, each[3]!)),
          })),
          [],
        );
      }
      lan.until(() => hosts[0]!.held().length === 1001);
      lan.run(2 * second);
      assert.equal(
        hosts[0]!.events.filter((event) => event.type === 'member' && event.state === 'Active').length >= 5,
        true,
      );
      assert.deepEqual(hosts[1]!.held().concat(hosts[2]!.held()), []);
    });
  });

  describe('a group that cannot take part', () => {
    it('says that there is no such interface, disturbs no other, and begins when the interface appears', () => {
      startAll();
      const host = hosts[0]!;
      host
        .engine()
        .configure([groupOf(members, 1, { name: 'late', interface: { name: 'eth7' }, virtualRouterId: 7 })], []);
      lan.run(3 * second);
      assert.match(host.state('late')!.message!, /there is no interface eth7/);
      assert.equal(host.state('web')!.state, 'Active');
      host.setLink({ name: 'eth7' });
      lan.run(2 * second);
      assert.equal(host.state('late')!.state, 'Active');
      assert.match(host.state('web')!.message!, /there is no interface eth0/, 'renamed away');
      assert.ok(!host.state('web')!.held.includes(vip));
    });

    it('lets go when its interface disappears and starts anew when it is back', () => {
      startAll();
      const leader = elected();
      leader.setLink('gone');
      lan.run(1 * ms);
      assert.equal(leader.state('web')!.state, 'Initialize');
      lan.until(() => leaders().length === 1);
      leader.setLink({ up: true });
      leader.addAddress('192.0.2.1', 24);
      lan.run(3 * second);
      assert.equal(leader.state('web')!.state, 'Backup');
    });

    it('is refused a VRID that another group has on the same NIC, which goes on', () => {
      startAll();
      const leader = elected();
      leader.engine().configure([groupOf(members, 1, { name: 'twin' })], []);
      lan.run(1 * second);
      assert.match(leader.state('twin')!.message!, /virtual router ID 51 is in use on eth0 by group web/);
      assert.deepEqual(leader.held(), [vip]);
    });

    it('waits for an address to send from, and follows it when it changes', () => {
      lan = createLan();
      const host = lan.host(1, { addresses: [] });
      host.engine().configure([groupOf([1], 1)], []);
      lan.run(2 * second);
      assert.match(host.state('web')!.message!, /no IPv4 address/);
      host.addAddress('192.0.2.1', 24);
      lan.until(() => host.state('web')!.state === 'Active');
      host.addAddress('192.0.2.77', 24);
      host.removeAddress('192.0.2.1');
      lan.run(1 * second);
      assert.equal(host.state('web')!.address, '192.0.2.77');
      assert.equal(host.state('web')!.state, 'Active');
    });
  });

  describe('changing groups', () => {
    it('hands a group over that it leads when it is taken out of it', () => {
      startAll();
      const leader = elected();
      lan.run(1 * second);
      leader.engine().configure([], ['web']);
      let least = 3;
      lan.until(() => {
        least = Math.min(least, holders().length);
        return leader.state('web') === undefined;
      });
      assert.equal(least, 1);
    });

    it('starts a group anew that comes back while it is being released', () => {
      startAll();
      const leader = elected();
      leader.engine().configure([], ['web']);
      leader.engine().configure([groupOf(members, 1)], []);
      lan.run(5 * second);
      assert.equal(leader.state('web')!.state, 'Backup');
      assert.equal(leaders().length, 1);
    });

    it('moves to another VRID with all members, never without a holder, and ends with one', () => {
      startAll();
      elected();
      for (const [index, host] of hosts.entries()) {
        host.engine().configure([groupOf(members, members[index]!, { virtualRouterId: 52 })], []);
      }
      const end = lan.now() + 5 * second;
      lan.until(() => {
        assert.ok(holders().length > 0, 'somebody holds the address at every moment');
        return lan.now() > end;
      });
      assert.equal(holders().length, 1);
    });
  });

  describe('answering by itself', () => {
    const ask = (address: string, o: { from?: string; to?: Uint8Array } = {}) => {
      const question = encodeArpProbe({ mac: Uint8Array.of(2, 0, 0, 0, 0, 0xcc), address: bytes(address) });
      question.set(bytes(o.from ?? '192.0.2.9'), 28);
      if (o.to !== undefined) question.set(o.to, 0);
      return question;
    };
    const answers = (host: LanHost) => host.engine().report().counters.neighbor_answers_sent ?? 0;

    it('the leader answers who asks for an address, and holds nothing', () => {
      startAll({ answer: 'responder' });
      lan.until(() => leaders().length === 1);
      lan.run(60 * ms);
      for (const host of hosts) host.inject(ask(vip));
      lan.run(1 * ms);
      assert.deepEqual(hosts.map(answers), [1, 0, 0]);
      assert.deepEqual(
        hosts.map((host) => [host.held(), host.state('web')!.held]),
        [
          [[], [vip]],
          [[], []],
          [[], []],
        ],
      );
      assert.ok(
        hosts[0]!.sent.some(({ kind, text }) => kind === 'neighbor' && text === vip),
        'it is announced',
      );
    });

    it('a question for another address, or to another station, is counted under its reason', () => {
      startAll({ answer: 'responder' });
      lan.until(() => leaders().length === 1);
      lan.run(60 * ms);
      const before = { ...hosts[0]!.engine().report().neighborDrops };
      hosts[0]!.inject(ask('192.0.2.55'));
      hosts[0]!.inject(ask(vip, { to: Uint8Array.of(2, 0, 0, 0, 0, 0x77) }));
      lan.run(1 * ms);
      assert.equal(answers(hosts[0]!), 0);
      const after = hosts[0]!.engine().report().neighborDrops;
      assert.equal(after['not-ours']! - (before['not-ours'] ?? 0), 1);
      assert.equal(after['other-station']! - (before['other-station'] ?? 0), 1);
    });

    it('a leader that hands over answers until its successor has spoken, and a moment longer', () => {
      startAll({ answer: 'responder' });
      lan.until(() => leaders().length === 1);
      lan.run(1 * second);
      const leader = leaders()[0]!;
      leader.engine().shutdown(false);
      let least = 3;
      lan.until(() => {
        const answering = hosts.filter((host) => host.state('web')?.held.includes(vip));
        least = Math.min(least, answering.length);
        return leader.state('web') === undefined;
      });
      assert.equal(least, 1);
    });

    it('a leader that slept answers nobody when it wakes', () => {
      startAll({ answer: 'responder' });
      lan.until(() => leaders().length === 1);
      lan.run(1 * second);
      const leader = leaders()[0]!;
      leader.frozenUntil = lan.now() + 5 * second;
      lan.run(1 * second);
      leader.inject(ask(vip));
      lan.run(10 * second);
      assert.equal(answers(leader), 0);
    });

    it('a group changes from holding to answering and back without a second leader', () => {
      startAll();
      elected();
      for (const answer of ['responder', 'nic'] as const) {
        for (const [index, host] of hosts.entries()) {
          host.engine().configure([groupOf(members, members[index]!, { answer })], []);
        }
        lan.run(5 * second);
        assert.equal(leaders().length, 1);
        assert.equal(holders().length, answer === 'nic' ? 1 : 0);
        assert.deepEqual(leaders()[0]!.state('web')!.held, [vip]);
      }
    });
  });

  describe('adverts of others', () => {
    const forged = (source: string, priority: number) =>
      encodeAdvertFrame({
        advert: {
          version: 3,
          family: 4,
          virtualRouterId: 51,
          priority,
          interval: 250 * ms,
          addresses: [bytes(vip)],
        },
        sourceMac: Uint8Array.of(2, 0, 0, 0, 0, 0x66),
        destinationMac: Uint8Array.of(1, 0, 0x5e, 0, 0, 0x12),
        source: bytes(source),
        destination: bytes('224.0.0.18'),
        checksum: 'pseudo-header',
      });
    const sightings = (host: LanHost) => host.events.flatMap((event) => (event.type === 'sighting' ? [event] : []));

    for (const priority of [255, 0]) {
      it(`from a stranger with priority ${priority} move nothing, are counted, and are reported once a minute`, () => {
        startAll();
        const leader = elected();
        for (let i = 0; i < 20; i++) {
          for (const host of hosts) host.inject(forged('192.0.2.66', priority));
          lan.run(100 * ms);
        }
        assert.deepEqual(holders(), [leader]);
        assert.equal(leader.engine().report().drops.stranger, 20);
        assert.deepEqual(
          sightings(leader).map(({ kind, offender }) => [kind, offender]),
          [['stranger', '192.0.2.66']],
        );
        lan.run(60 * second);
        leader.inject(forged('192.0.2.66', priority));
        lan.run(1 * ms);
        assert.equal(sightings(leader).length, 2);
      });
    }

    it('from its own address are told as a double', () => {
      startAll();
      const leader = elected();
      leader.inject(forged('192.0.2.1', 255));
      lan.run(10 * ms);
      assert.deepEqual(holders(), [leader]);
      assert.deepEqual(
        sightings(leader).map(({ kind }) => kind),
        ['own-address'],
      );
    });

    it('from a member with its own priority count, and are told as a likely double', () => {
      startAll();
      elected();
      hosts[2]!.inject(forged('192.0.2.2', 214));
      lan.run(10 * ms);
      assert.deepEqual(
        sightings(hosts[2]!).map(({ kind, offender }) => [kind, offender]),
        [['same-priority', '192.0.2.2']],
      );
    });

    it('from a member with its own priority are nothing special where checks may change it', () => {
      startAll({ weighs: true });
      elected();
      hosts[2]!.inject(forged('192.0.2.2', 214));
      lan.run(10 * ms);
      assert.deepEqual(sightings(hosts[2]!), []);
    });

    it('count from unknown addresses while a member has none, up to the priority of that member', () => {
      startAll({ absentUpTo: 234 });
      const leader = elected();
      for (const priority of [255, 235, 0]) {
        for (const host of hosts) host.inject(forged('192.0.2.66', priority));
        lan.run(400 * ms);
        assert.deepEqual(leaders(), [leader], `priority ${priority}`);
      }
      assert.equal(leader.engine().report().drops.stranger, 3);
      for (const host of hosts) host.inject(forged('192.0.2.66', 234));
      lan.run(10 * ms);
      assert.equal(leader.state('web')!.state, 'Active', 'its priority is higher');
      assert.equal(leader.engine().report().counters.adverts_received_untrusted, 1);
    });

    it('count from unknown addresses while its own come from another than configured: the others may be wrong, too', () => {
      startAll({ source: bytes('198.51.100.1') });
      lan.run(5 * second);
      assert.equal(leaders().length, 1);
      hosts[0]!.inject(forged('192.0.2.66', 234));
      lan.run(10 * ms);
      assert.equal(hosts[0]!.state('web')!.state, 'Backup');
    });

    it('that are malformed are counted under their reason', () => {
      startAll();
      const leader = elected();
      const frame = forged('192.0.2.2', 255);
      frame[36] = 254; // the priority, under the checksum of another
      leader.inject(frame);
      lan.run(1 * ms);
      assert.deepEqual(leader.engine().report().drops, { checksum: 1 });
      assert.deepEqual(holders(), [leader]);
    });
  });
});
