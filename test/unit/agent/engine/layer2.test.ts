import assert from 'node:assert/strict';
import { ipToBytes, parseIp } from '../../../../src/core/ip/address.js';
import { encodeArp } from '../../../../src/core/wire/arp.js';
import { broadcastMac } from '../../../../src/core/wire/mac.js';
import { encodeNeighborSolicitation } from '../../../../src/core/wire/neighbor-frame.js';
import { createLan, groupOf, type Lan, type LanHost } from './lan.js';

const ms = 1_000;
const second = 1_000_000;
const bytes = (text: string) => ipToBytes(parseIp(text)!);
const vip = '192.0.2.100';
const vip6 = '2001:db8::100';
const asker = Uint8Array.of(2, 0, 0, 0, 0, 99);

describe('the engine in layer2 mode', () => {
  let lan: Lan;
  let hosts: LanHost[];
  const members = [1, 2, 3];
  const configure = (o: Parameters<typeof groupOf>[2] = {}, which = hosts) => {
    for (const host of which) {
      const number = members[hosts.indexOf(host)]!;
      host.engine().configure([groupOf(members, number, { answer: 'responder', ...o })], []);
    }
  };
  const start = (o: Parameters<typeof groupOf>[2] = {}) => {
    lan = createLan();
    hosts = members.map((number) => lan.host(number));
    configure(o);
    lan.until(() => hosts.some((host) => host.state('web')?.held.length === 1));
    lan.run(2 * second);
    return hosts.find((host) => host.state('web')?.state === 'Active')!;
  };
  const requestFor = (address: string) =>
    encodeArp({
      operation: 'request',
      senderMac: asker,
      senderAddress: bytes('192.0.2.9'),
      targetMac: new Uint8Array(6),
      targetAddress: bytes(address),
      destinationMac: broadcastMac(),
    });
  /** Who answers a question within a millisecond. */
  const answerers = (question: Uint8Array) => {
    const before = hosts.map((host) => host.sent.length);
    for (const host of hosts) host.inject(question);
    lan.run(1 * ms);
    return hosts.filter((host, i) => host.sent.slice(before[i]).some(({ kind }) => kind === 'neighbor'));
  };
  const drops = (host: LanHost) => host.engine().report().neighborDrops;

  it('only the leader answers ARP requests, and nothing is on any NIC', () => {
    const leader = start();
    assert.deepEqual(answerers(requestFor(vip)), [leader]);
    assert.deepEqual(
      hosts.map((host) => host.held()),
      [[], [], []],
    );
  });

  it('who asks through another station, as load balancers that share a MAC do, is answered where it says it is', () => {
    const station = Uint8Array.of(2, 0, 0, 0, 0, 98);
    const solicitation = encodeNeighborSolicitation({ mac: asker, address: bytes(vip6), source: bytes('fe80::99') });
    for (const [address, question] of [
      [vip, requestFor(vip)],
      [vip6, solicitation],
    ] as const) {
      const leader = start({ family: address === vip ? 4 : 6, addresses: [bytes(address)] });
      question.set(station, 6);
      assert.deepEqual(answerers(question), [leader]);
      assert.equal(leader.sent.at(-1)!.to, '02:00:00:00:00:63');
    }
  });

  it('only the leader answers neighbour solicitations', () => {
    const leader = start({ family: 6, addresses: [bytes(vip6)] });
    const question = encodeNeighborSolicitation({ mac: asker, address: bytes(vip6), source: bytes('fe80::9') });
    assert.deepEqual(answerers(question), [leader]);
  });

  it('counts what it does not answer under its reason', () => {
    const leader = start();
    const cut = requestFor(vip).slice(0, 30);
    const misfit = requestFor(vip);
    misfit[15] = 6; // hardware type
    const solicitation = encodeNeighborSolicitation({ mac: asker, address: bytes(vip6), source: bytes('fe80::9') });
    const forwarded = solicitation.slice();
    forwarded[21] = 64; // hop limit
    const damaged = solicitation.slice();
    damaged[60]! ^= 1; // of the target
    for (const frame of [requestFor('192.0.2.77'), cut, misfit, solicitation, forwarded, damaged]) leader.inject(frame);
    lan.run(1 * ms);
    assert.deepEqual(drops(leader), {
      'not-ours': 2,
      truncated: 1,
      'hardware-type': 1,
      'hop-limit': 1,
      checksum: 1,
    });
  });

  it('announces in bursts as in vip mode, and again each minute', () => {
    const leader = start();
    lan.run(70 * second);
    const announced = leader.sent.filter(({ kind, text }) => kind === 'neighbor' && text === vip);
    assert.equal(announced.length, 2 * (5 + 1), 'five rounds and a refresh, each in both forms of ARP');
  });

  it('a leader whose thread stood still does not answer, and what waited for it meanwhile is not answered afterwards', () => {
    const leader = start();
    leader.frozenUntil = lan.now() + 10 * second;
    lan.run(5 * second);
    const [successor, ...more] = hosts.filter((host) => host !== leader && host.state('web')?.held.includes(vip));
    assert.ok(successor !== undefined && more.length === 0);
    assert.deepEqual(answerers(requestFor(vip)), [successor]);
    const sent = leader.sent.length;
    lan.run(10 * second);
    assert.deepEqual(leader.sent.slice(sent), []);
    assert.equal(leader.state('web')?.state, 'Backup');
    assert.deepEqual(answerers(requestFor(vip)), [successor]);
  });

  it('a killed leader does not answer, and its successor does within the bound', () => {
    const leader = start();
    leader.kill();
    const took = lan.until(() => hosts.some((host) => host !== leader && host.state('web')?.held.includes(vip)));
    assert.ok(took <= (3 + 1) * 250 * ms, `${took} us`);
  });

  describe('changing between vip and layer2', () => {
    for (const [from, to] of [
      ['nic', 'responder'],
      ['responder', 'nic'],
    ] as const) {
      it(`from ${from} to ${to} keeps the leader, who always answers one way or the other`, () => {
        const leader = start({ answer: from });
        const adverts = () => leader.sent.filter(({ kind, text }) => kind === 'advert' && text === 'priority 0').length;
        const transitions = () => leader.engine().report().counters.transitions_to_active;
        const was = [adverts(), transitions()];
        configure({ answer: to });
        assert.deepEqual(leader.state('web')?.held, [vip]);
        lan.until(() => leader.held().includes(vip) === (to === 'nic'), 100 * ms);
        assert.deepEqual(leader.state('web')?.held, [vip]);
        lan.run(5 * second);
        assert.deepEqual(answerers(requestFor(vip)), to === 'nic' ? [] : [leader]);
        assert.deepEqual([adverts(), transitions()], was);
        assert.deepEqual(
          hosts.map((host) => host.state('web')?.state),
          hosts.map((host) => (host === leader ? 'Active' : 'Backup')),
        );
      });
    }

    it('answers by ARP for as long as the kernel refuses the address', () => {
      const leader = start({ answer: 'responder' });
      leader.refuse = 'no room';
      configure({ answer: 'nic' });
      lan.run(1 * second);
      assert.deepEqual(answerers(requestFor(vip)), [leader]);
      leader.refuse = undefined;
      lan.run(15 * second);
      assert.deepEqual(leader.held(), [vip]);
      assert.deepEqual(answerers(requestFor(vip)), [], 'the kernel answers now');
    });

    it('and back before it was done leaves the first way', () => {
      const leader = start({ answer: 'responder' });
      leader.refuse = 'no room';
      configure({ answer: 'nic' });
      lan.run(1 * second);
      configure({ answer: 'responder' });
      leader.refuse = undefined;
      lan.run(15 * second);
      assert.deepEqual([leader.held(), answerers(requestFor(vip))], [[], [leader]]);
    });

    it('with other addresses at the same time answers for those, and no longer for the old ones', () => {
      const leader = start({ answer: 'responder' });
      configure({ answer: 'nic', addresses: [bytes('192.0.2.101')] });
      lan.run(1 * second);
      assert.deepEqual([leader.held(), answerers(requestFor(vip))], [['192.0.2.101'], []]);
    });
  });
});
