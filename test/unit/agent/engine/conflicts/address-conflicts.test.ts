import assert from 'node:assert/strict';
import type { GroupConfig } from '../../../../../src/agent/engine/messages.js';
import { ipToBytes, parseIp } from '../../../../../src/core/ip/address.js';
import {
  encodeArpProbe,
  encodeArpReply,
  encodeGratuitousArp,
  encodeNeighborSolicitation,
  encodeUnsolicitedNeighborAdvertisement,
} from '../../../../../src/core/wire/neighbor-frame.js';
import { createLan, groupOf, type Lan, type LanHost } from '../lan.js';

const ms = 1_000;
const second = 1_000_000;
const bytes = (text: string) => ipToBytes(parseIp(text)!);
const stranger = Uint8Array.of(2, 0, 0, 0, 0, 0x66);

for (const { family, first, added, isAt } of [
  {
    family: 4 as const,
    first: '192.0.2.100',
    added: '192.0.2.101',
    isAt: (address: string, mac: Uint8Array) => encodeGratuitousArp({ kind: 'request', mac, address: bytes(address) }),
  },
  {
    family: 6 as const,
    first: '2001:db8::100',
    added: '2001:db8::101',
    isAt: (address: string, mac: Uint8Array) =>
      encodeUnsolicitedNeighborAdvertisement({ mac, address: bytes(address), router: false }),
  },
]) {
  describe(`claims of other hosts to IPv${family} addresses`, () => {
    let lan: Lan;
    let hosts: LanHost[];
    let leader: LanHost;
    const members = [1, 2];
    const configure = (addresses: readonly string[]) => {
      for (const [index, host] of hosts.entries()) {
        host.engine().configure([groupOf(members, members[index]!, { family, addresses: addresses.map(bytes) })], []);
      }
    };
    const sightings = () => leader.events.flatMap((event) => (event.type === 'sighting' ? [event] : []));
    const probes = (address: string) => leader.sent.filter(({ text }) => text === `probe ${address}`);

    beforeEach(() => {
      lan = createLan();
      hosts = members.map((number) => lan.host(number));
      configure([first]);
      lan.until(() => hosts.some((host) => host.held().includes(first)));
      lan.run(7 * second);
      leader = hosts[0]!;
      assert.deepEqual(leader.held(), [first]);
    });

    /** Hands over, so that the other leads: it has held the address for no longer than a millisecond. */
    const takeOver = () => {
      hosts[0]!.engine().shutdown(false);
      leader = hosts[1]!;
      lan.until(() => leader.held().includes(first) && leader.state('web')!.state === 'Active');
    };

    it('an address taken over in an election is held without being asked for, which comes three seconds later', () => {
      takeOver();
      lan.run(2900 * ms);
      assert.deepEqual(probes(first), []);
      lan.run(200 * ms);
      assert.equal(probes(first).length, 3);
      assert.deepEqual(leader.held(), [first]);
      lan.run(10 * second);
      assert.equal(probes(first).length, 3);
    });

    it('an address that a host answers for after a takeover is let go of, told, and taken when that is gone', () => {
      takeOver();
      lan.run(2990 * ms);
      for (let i = 0; i < 100; i++) {
        if (probes(first).length > 0) leader.inject(isAt(first, stranger));
        lan.run(10 * ms);
      }
      assert.deepEqual(leader.held(), []);
      assert.deepEqual(leader.state('web')!.notHeld, [
        { address: first, reason: 'AnsweredElsewhere', message: '02:00:00:00:00:66' },
      ]);
      lan.run(5 * second);
      assert.deepEqual(leader.held(), [first]);
      assert.deepEqual(leader.state('web')!.notHeld, []);
    });

    it('an address that a member answers for after a takeover stays: its MAC was asked for along with the probe', () => {
      const third = Uint8Array.of(2, 0, 0, 0, 0, 0x33);
      const itsAddress = family === 4 ? '192.0.2.3' : 'fe80::3';
      const peers = (index: number) =>
        [members[1 - index]!, 3].map((number) => bytes(family === 4 ? `192.0.2.${number}` : `fe80::${number}`));
      for (const [index, host] of hosts.entries()) {
        const config = { family, addresses: [bytes(first)], peers: peers(index) };
        host.engine().configure([groupOf(members, members[index]!, config)], []);
      }
      takeOver();
      lan.run(2990 * ms);
      for (let i = 0; i < 100; i++) {
        leader.inject(isAt(itsAddress, third));
        if (probes(first).length > 0) leader.inject(isAt(first, third));
        lan.run(1 * ms);
      }
      assert.equal(probes(first).length, 3);
      assert.deepEqual(leader.held(), [first]);
      assert.deepEqual(leader.state('web')!.notHeld, []);
    });

    it("a node's own address is never held, nor a member's, and is asked for before it is, once it is nobody's", () => {
      const own = family === 4 ? '192.0.2.50' : '2001:db8::50';
      leader.addAddress(own, family === 4 ? 24 : 64);
      lan.run(1 * ms);
      const ofMember = family === 4 ? '192.0.2.2' : 'fe80::2';
      configure([first, own, ofMember]);
      lan.run(1 * second);
      assert.deepEqual(leader.held(), [first]);
      assert.deepEqual(
        leader.state('web')!.notHeld.map(({ address, reason }) => [address, reason]),
        [own, ofMember].map((address) => [address, 'AddressOfNode']),
      );
      assert.deepEqual(probes(own), []);
      leader.removeAddress(own);
      lan.run(1 * second);
      assert.deepEqual(leader.held().toSorted(), [first, own].toSorted());
      assert.equal(probes(own).length, 3);
    });

    it('an address is asked for three times before it is first held, within 30 ms of becoming its leader', () => {
      const asked = probes(first).slice(0, 3);
      assert.equal(asked.length, 3);
      const advert = leader.sent.find(({ kind }) => kind === 'advert')!;
      const put = leader.work.find(({ what }) => what === `put ${first}`)!;
      assert.ok(asked.every(({ at }) => at >= advert.at && at < put.at));
      assert.ok(put.at - advert.at <= 31 * ms, `${put.at - advert.at} us`);
    });

    it('an address taken over from a leader that was heard is not asked for, and is put in place at once', () => {
      leader.kill();
      const [, next] = hosts;
      lan.until(() => next!.state('web')?.state === 'Active');
      const { at } = next!.sent.find(({ kind }) => kind === 'advert')!;
      const put = next!.work.find(({ what }) => what === `put ${first}`)!;
      assert.ok(put.at - at < 1 * ms, `${put.at - at} us`);
      assert.ok(!next!.sent.some(({ text }) => text.startsWith('probe')));
    });

    it('nor by one that was heard before its own link was down for a while', () => {
      const [, next] = hosts;
      next!.setLink({ running: false });
      lan.run(1 * second);
      leader.kill();
      next!.setLink({ running: true });
      lan.until(() => next!.held().includes(first));
      assert.ok(!next!.sent.some(({ text }) => text.startsWith('probe')));
    });

    it('nor by a leader that held it before its link was down', () => {
      hosts[1]!.kill();
      const before = probes(first).length;
      leader.setLink({ running: false });
      lan.run(1 * second);
      leader.setLink({ running: true });
      lan.until(() => leader.held().includes(first));
      assert.equal(probes(first).length, before);
    });

    it('a new address is asked for three times and held within 30 ms, by the leader alone', () => {
      configure([first, added]);
      const took = lan.until(() => leader.held().includes(added));
      assert.ok(took >= 29 * ms && took <= 31 * ms, `${took} us`);
      assert.equal(probes(added).length, 3);
      lan.run(1 * ms);
      assert.ok(
        leader.sent.some(({ kind, text }) => kind === 'neighbor' && text === added),
        'announced',
      );
      assert.deepEqual(hosts[1]!.held(), []);
      assert.ok(!hosts[1]!.sent.some(({ kind }) => kind === 'neighbor'));
    });

    it('a new address that a host answers for is not taken, told with the host, and taken when that is gone', () => {
      configure([first, added]);
      for (let i = 0; i < 100; i++) {
        leader.inject(isAt(added, stranger));
        lan.run(10 * ms);
      }
      assert.deepEqual(leader.held(), [first]);
      assert.deepEqual(
        sightings().map(({ kind, offender, address, held }) => [kind, offender, address, held]),
        [['address-conflict', '02:00:00:00:00:66', added, false]],
      );
      assert.equal(leader.state('web')!.message, `not taken, because another host has it: ${added}`);
      assert.deepEqual(leader.state('web')!.notHeld, [
        { address: added, reason: 'AnsweredElsewhere', message: '02:00:00:00:00:66', neverHeld: true },
      ]);
      lan.run(2 * second);
      assert.deepEqual(leader.held().toSorted(), [first, added]);
      assert.equal(leader.state('web')!.message, undefined);
    });

    it('a new address that a host answers for only after it is held is let go of some seconds later, and told', () => {
      configure([first, added]);
      lan.until(() => leader.held().includes(added));
      lan.run(1 * second);
      const before = probes(added).length;
      for (let i = 0; i < 300 && leader.held().includes(added); i++) {
        if (probes(added).length > before) leader.inject(isAt(added, stranger));
        lan.run(10 * ms);
      }
      assert.deepEqual(leader.held(), [first]);
      assert.deepEqual(
        leader.state('web')!.notHeld.map(({ address, reason }) => [address, reason]),
        [[added, 'AnsweredElsewhere']],
      );
    });

    it('a host that asks for the same address at the same moment wins it', () => {
      configure([first, added]);
      lan.run(1 * ms);
      const question = { mac: stranger, address: bytes(added) };
      leader.inject(family === 4 ? encodeArpProbe(question) : encodeNeighborSolicitation(question));
      lan.run(60 * ms);
      assert.deepEqual(leader.held(), [first]);
    });

    it('one new address that is taken does not keep the others away', () => {
      const other = added.replace('101', '102');
      configure([first, added, other]);
      lan.run(1 * ms);
      leader.inject(isAt(added, stranger));
      lan.run(60 * ms);
      assert.deepEqual(leader.held().toSorted(), [first, other]);
    });

    it('a held address that a host claims is told once a minute, and announced anew at most each 10 s', () => {
      const before = leader.sent.length;
      const claim = (seconds: number) => {
        for (let i = 0; i < seconds; i++) {
          leader.inject(isAt(first, stranger));
          lan.run(1 * second);
        }
      };
      claim(5);
      assert.deepEqual(
        sightings().map(({ offender, address, held }) => [offender, address, held]),
        [['02:00:00:00:00:66', first, true]],
      );
      const defences = () => leader.sent.slice(before).filter(({ kind }) => kind === 'neighbor').length;
      const perAnnouncement = family === 4 ? 2 : 1;
      assert.equal(defences(), perAnnouncement);
      claim(16);
      assert.equal(defences(), 3 * perAnnouncement);
      assert.deepEqual(leader.held(), [first], 'it goes on');
      claim(50);
      assert.equal(sightings().length, 2);
    });

    it('the last of some claims to a held address is contradicted too, ten seconds after the one before, and no more', () => {
      const before = leader.sent.length;
      const defences = () => leader.sent.slice(before).filter(({ kind }) => kind === 'neighbor').length;
      const perAnnouncement = family === 4 ? 2 : 1;
      for (let i = 0; i < 3; i++) {
        leader.inject(isAt(first, stranger));
        lan.run(1 * second);
      }
      lan.run(6 * second);
      assert.equal(defences(), perAnnouncement);
      lan.run(2 * second);
      assert.equal(defences(), 2 * perAnnouncement);
      lan.run(40 * second);
      assert.equal(defences(), 2 * perAnnouncement);
    });

    it('what a member sends while leadership changes is no conflict', () => {
      hosts[0]!.engine().shutdown(false);
      lan.run(5 * second);
      assert.deepEqual(hosts[1]!.held(), [first]);
      assert.deepEqual(sightings(), []);
      leader = hosts[1]!;
      assert.deepEqual(sightings(), []);
    });

    it('a questioner is no claimant', () => {
      const question = encodeArpProbe({ mac: stranger, address: bytes('192.0.2.100') });
      question.set(bytes('192.0.2.9'), 28);
      const solicitation = { mac: stranger, address: bytes('2001:db8::100'), source: bytes('fe80::9') };
      leader.inject(family === 4 ? question : encodeNeighborSolicitation(solicitation));
      lan.run(10 * ms);
      assert.deepEqual(sightings(), []);
    });

    it('nobody listens any more once the group is led elsewhere', () => {
      leader.setLink({ running: false });
      lan.run(2 * second);
      leader.setLink({ running: true });
      lan.run(5 * second);
      leader.inject(isAt(first, stranger));
      lan.run(10 * ms);
      assert.deepEqual(sightings(), []);
    });
  });
}

for (const [what, o] of [
  ['of the only member', { members: [1] }],
  ['of the best of two', { members: [1, 2] }],
  ['of the owner', { members: [1, 2], priority: 255 }],
  ['answered by the agent itself', { members: [1], answer: 'responder' as const }],
  ['with a virtual MAC', { members: [1], virtualMac: true }],
] as const) {
  describe(`the first start ${what}, with a live host that has the address`, () => {
    const address = '192.0.2.100';
    let lan: Lan;
    let host: LanHost;
    const answers = (duration: number) => {
      for (let passed = 0; passed < duration; passed += 10 * ms) {
        host.inject(encodeGratuitousArp({ kind: 'reply', mac: stranger, address: bytes(address) }));
        lan.run(10 * ms);
      }
    };
    const holds = () => host.state('web')!.held.includes(address);

    beforeEach(() => {
      lan = createLan();
      const { members, ...rest } = o;
      const hosts = members.map((number) => lan.host(number));
      for (const [index, each] of hosts.entries())
        each.engine().configure([groupOf(members, members[index]!, index === 0 ? rest : {})], []);
      host = hosts[0]!;
      answers(3 * second);
    });

    it('does not take it, says so with the host, and takes it within a second once that is gone', () => {
      assert.equal(host.state('web')!.state, 'Active');
      assert.equal(holds(), false);
      assert.deepEqual(
        host.work.filter(({ what }) => what.startsWith('put')),
        [],
      );
      assert.equal(host.state('web')!.message, `not taken, because another host has it: ${address}`);
      const [sighting] = host.events.filter((event) => event.type === 'sighting');
      assert.equal(sighting?.offender, '02:00:00:00:00:66');
      assert.equal(sighting?.held, false);
      answers(120 * second);
      assert.equal(holds(), false);
      assert.ok(lan.until(holds, 11 * second) <= 1.1 * second);
      assert.equal(host.state('web')!.message, undefined);
    });
  });
}

describe('an address that a live host has', () => {
  const address = '192.0.2.100';
  const members = [1, 2];
  let lan: Lan;
  let hosts: LanHost[];

  beforeEach(() => {
    lan = createLan();
    hosts = members.map((number) => lan.host(number));
  });

  const configure = (host: LanHost, o: Parameters<typeof groupOf>[2] = {}) =>
    host.engine().configure([groupOf(members, members[hosts.indexOf(host)]!, o)], []);
  /** Whoever asks is answered a moment later. @param tell what a leader says of its addresses, 300 ms later, for each host */
  const answers = (duration: number, tell?: (host: LanHost, notHeld: GroupConfig['notHeld']) => void) => {
    const said: (GroupConfig['notHeld'] | undefined)[] = [];
    for (let passed = 0; passed < duration; passed += 1 * ms) {
      const asked = hosts.map(({ sent }) => sent.length);
      lan.run(1 * ms);
      for (const [index, host] of hosts.entries())
        if (host.sent.slice(asked[index]).some(({ text }) => text.startsWith('probe')))
          host.inject(encodeGratuitousArp({ kind: 'reply', mac: stranger, address: bytes(address) }));
      const report = hosts.find(leads)?.state('web');
      said.push(report?.notHeld.map((each) => ({ address: bytes(each.address), neverHeld: each.neverHeld === true })));
      const [before, told] = [said.at(-301), said.at(-300)];
      if (told !== undefined && before?.length !== told.length) for (const host of hosts) tell?.(host, told);
    }
  };
  const puts = () => hosts.flatMap(({ work }) => work.filter(({ what }) => what.startsWith('put')));
  const leads = (host: LanHost) => host.state('web')?.state === 'Active';
  const neverHeld = { address, reason: 'AnsweredElsewhere', message: '02:00:00:00:00:66', neverHeld: true };

  for (const [first, second] of [
    [0, 1],
    [1, 0],
  ] as const) {
    for (const preempt of [false, true]) {
      it(`is held by neither of two that begin to lead about the same time, ${preempt ? 'preempting, ' : ''}${first + 1} first`, () => {
        for (let apart = 0; apart <= 1_500 * ms; apart += apart < 200 * ms ? 20 * ms : 100 * ms) {
          lan = createLan();
          hosts = members.map((number) => lan.host(number));
          configure(hosts[first]!, { preempt });
          answers(apart);
          configure(hosts[second]!, { preempt });
          answers(2_500 * ms, (host, notHeld) => configure(host, { preempt, notHeld }));
          const leader = hosts.find(leads)!;
          assert.deepEqual(leader.state('web')!.notHeld, [neverHeld], `${apart} us apart`);
          assert.deepEqual(puts(), [], `${apart} us apart`);
        }
      });
    }
  }

  it('is held by nobody when it is given to a group in which the better member is about to take over', () => {
    for (let later = 0; later <= 1_500 * ms; later += 60 * ms) {
      lan = createLan();
      hosts = members.map((number) => lan.host(number));
      const empty = { addresses: [], preempt: true };
      configure(hosts[1]!, empty);
      answers(1_000 * ms);
      configure(hosts[0]!, empty);
      answers(later);
      for (const host of hosts) {
        configure(host);
        answers(2 * ms);
      }
      answers(1_000 * ms, (host, notHeld) => configure(host, { notHeld }));
      const leader = hosts.find(leads)!;
      assert.deepEqual(leader.state('web')!.notHeld, [neverHeld], `${later} us later`);
      assert.deepEqual(puts(), [], `${later} us later`);
    }
  });

  for (const left of [true, false]) {
    it(`is asked for by a successor that knows it was left to the host, ${left ? 'never held' : 'after it was held'}, and not taken`, () => {
      configure(hosts[0]!);
      answers(2 * second);
      for (const host of hosts) configure(host, { notHeld: [{ address: bytes(address), neverHeld: left }] });
      answers(2 * second);
      hosts[0]!.kill();
      answers(4 * second);
      assert.deepEqual(puts(), []);
      const { neverHeld: _, ...held } = neverHeld;
      assert.deepEqual(hosts[1]!.state('web')!.notHeld, [left ? neverHeld : held]);
      lan.until(() => hosts[1]!.held().includes(address), 2 * second);
    });
  }

  it('is held at once by a successor that has heard a leader for a while', () => {
    for (const host of hosts) configure(host);
    lan.until(() => hosts[0]!.held().includes(address));
    lan.run(600 * ms);
    hosts[0]!.engine().shutdown(false);
    lan.until(() => leads(hosts[1]!));
    lan.run(1 * ms);
    assert.deepEqual(hosts[1]!.held(), [address]);
    assert.ok(!hosts[1]!.sent.some(({ text }) => text.startsWith('probe')));
  });
});

describe('a first start with a thousand addresses', () => {
  it('asks for each three times, for not more than fit between two adverts at once, and holds all soon', () => {
    const lan = createLan();
    const host = lan.host(1);
    const addresses = Array.from({ length: 1_000 }, (_, i) => bytes(`10.9.${i >> 8}.${i & 255}`));
    host.engine().configure([groupOf([1], 1, { addresses })], []);
    lan.until(() => host.state('web')?.state === 'Active');
    const took = lan.until(() => host.held().length === 1_000);
    assert.ok(took <= 60 * ms, `${took} us`);
    const asked = host.sent.filter(({ text }) => text.startsWith('probe'));
    assert.equal(asked.length, 3_000);
    const atOnce = new Map<number, number>();
    for (const { at } of asked) atOnce.set(at, (atOnce.get(at) ?? 0) + 1);
    assert.ok(Math.max(...atOnce.values()) <= 192, `${Math.max(...atOnce.values())} at once`);
  });

  it('that a host all has takes none, asks for a hundred a second at most, and takes them all when it is gone', () => {
    const lan = createLan();
    const host = lan.host(1);
    const addresses = Array.from({ length: 400 }, (_, i) => bytes(`10.9.${i >> 8}.${i & 255}`));
    host.engine().configure([groupOf([1], 1, { addresses })], []);
    lan.until(() => host.state('web')?.state === 'Active');
    const refuse = (rounds: number) => {
      for (let round = 0; round < rounds; round++) {
        for (const address of addresses) host.inject(encodeGratuitousArp({ kind: 'reply', mac: stranger, address }));
        lan.run(10 * ms);
      }
    };
    refuse(500);
    const asked = () => host.sent.filter(({ text }) => text.startsWith('probe')).length;
    const before = asked();
    refuse(400);
    assert.ok(asked() - before <= 410, `${asked() - before} questions in 4 s`);
    assert.deepEqual(host.held(), []);
    assert.equal(host.state('web')!.message!.split(',').length, 401);
    const took = lan.until(() => host.held().length === 400, 11 * second);
    assert.ok(took <= 4.1 * second, `${took} us`);
    assert.equal(host.state('web')!.message, undefined);
  });
});

describe('a claim', () => {
  it('by an ARP reply to somebody else counts as well', () => {
    const lan = createLan();
    const host = lan.host(1);
    host.engine().configure([groupOf([1], 1)], []);
    lan.until(() => host.held().length === 1);
    const to = { mac: Uint8Array.of(2, 0, 0, 0, 0, 0x77), address: bytes('192.0.2.7') };
    host.inject(encodeArpReply({ mac: stranger, address: bytes('192.0.2.100'), to }));
    lan.run(10 * ms);
    assert.equal(host.events.filter((event) => event.type === 'sighting').length, 1);
  });
});
