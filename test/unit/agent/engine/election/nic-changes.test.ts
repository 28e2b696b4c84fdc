import assert from 'node:assert/strict';
import { createLan, groupOf, type Lan, type LanHost } from '../lan.js';

const ms = 1_000;
const second = 1_000_000;
const vip = '192.0.2.100';
const members = [1, 2, 3];

describe('a NIC that is not what it was', () => {
  let lan: Lan;
  let hosts: LanHost[];

  const start = (o: Parameters<typeof groupOf>[2] = {}) => {
    lan = createLan();
    hosts = members.map((number) => lan.host(number));
    for (const [index, host] of hosts.entries()) host.engine().configure([groupOf(members, members[index]!, o)], []);
    lan.run(3 * second);
    assert.deepEqual(leaders(), [hosts[0]]);
  };
  const leaders = () => hosts.filter((host) => host.state('web')?.state === 'Active');
  const answering = () => hosts.filter((host) => host.state('web')?.held.includes(vip));
  /** In one go, so that the engine sees both at once; the new one has the index of the old one. */
  const makeAnew = (host: LanHost, number: number) => {
    host.setLink('gone');
    host.setLink({ up: true });
    host.addAddress(`192.0.2.${number}`, 24);
  };

  for (const answer of ['nic', 'responder'] as const) {
    for (const [role, at] of [
      ['a leader', 0],
      ['a Backup', 1],
    ] as const) {
      it(`was deleted and made anew with the same index: ${role} in mode ${answer} hears and is heard again`, () => {
        start({ answer });
        makeAnew(hosts[at]!, members[at]!);
        lan.run(5 * second);
        assert.equal(leaders().length, 1);
        assert.deepEqual(answering(), leaders());
        assert.equal(hosts[at]!.state('web')!.state, 'Backup');
        hosts.find((host) => leaders()[0] === host)!.kill();
        lan.run(3 * second);
        assert.equal(leaders().length, 2, 'the dead one, and one that replaced it');
      });
    }
  }

  it('is gone without a word of the kernel: an advert that cannot leave is enough to see it', () => {
    start();
    const [leader] = hosts;
    leader!.unheard(() => makeAnew(leader!, 1));
    lan.run(5 * second);
    assert.equal(leaders().length, 1);
    assert.equal(leader!.state('web')!.state, 'Backup');
  });

  it('was made anew, which was lost in a flood of news: what is read later does not count for more than what is listed', () => {
    start();
    const [leader] = hosts;
    leader!.newsAtOnce = 1;
    leader!.setLink('gone');
    leader!.newsLost = true;
    leader!.unheard(() => {
      leader!.setLink({ up: true });
      leader!.addAddress('192.0.2.1', 24);
    });
    lan.run(5 * second);
    assert.equal(leader!.state('web')!.state, 'Backup');
    assert.equal(leaders().length, 1);
  });

  for (const answer of ['nic', 'responder'] as const) {
    it(`has another MAC: a leader in mode ${answer} says so at once, and its adverts come from there`, () => {
      start({ answer });
      const [leader] = hosts;
      const before = leader!.sent.length;
      leader!.setLink({ mac: Uint8Array.of(2, 0, 0, 0, 0, 0x77) });
      lan.run(1 * ms);
      const announced = leader!.sent.slice(before).filter(({ kind, text }) => kind === 'neighbor' && text === vip);
      assert.deepEqual(
        announced.map(({ mac }) => mac),
        ['02:00:00:00:00:77', '02:00:00:00:00:77'],
      );
      lan.run(1 * second);
      assert.equal(leader!.sent.findLast(({ kind }) => kind === 'advert')!.mac, '02:00:00:00:00:77');
      assert.deepEqual(leaders(), [leader]);
    });
  }

  it('has another MAC: a group with a virtual one goes on as before', () => {
    start({ virtualMac: true });
    const [leader] = hosts;
    const before = leader!.sent.length;
    leader!.setLink({ mac: Uint8Array.of(2, 0, 0, 0, 0, 0x77) });
    lan.run(1 * ms);
    assert.deepEqual(
      leader!.sent.slice(before).filter(({ kind }) => kind === 'neighbor'),
      [],
    );
  });

  it('has another LAN behind it, perhaps: what was proven on the one before is asked for again', () => {
    lan = createLan();
    hosts = [lan.host(1)];
    hosts[0]!.engine().configure([groupOf([1], 1)], []);
    lan.run(3 * second);
    makeAnew(hosts[0]!, 1);
    const before = hosts[0]!.sent.length;
    lan.run(3 * second);
    assert.deepEqual(answering(), hosts);
    assert.equal(hosts[0]!.sent.slice(before).find(({ kind }) => kind === 'neighbor')!.text, `probe ${vip}`);
  });

  it('is said in other words: nobody notices', () => {
    const saidAfter = (change: Parameters<typeof groupOf>[2]) => {
      start();
      const before = hosts.map((host) => host.sent.length);
      for (const [at, host] of hosts.entries()) host.engine().configure([groupOf(members, members[at]!, change)], []);
      lan.run(3 * second);
      assert.deepEqual(leaders(), [hosts[0]]);
      return hosts.map((host, at) => host.sent.slice(before[at]!).map(({ kind, text }) => `${kind} ${text}`));
    };
    assert.deepEqual(saidAfter({ interface: { subnetOf: Uint8Array.of(192, 0, 2, 7) } }), saidAfter({}));
  });

  it('is to be another: who leads lets go of its own first', () => {
    start();
    const [leader] = hosts;
    leader!.engine().configure([groupOf(members, 1, { interface: { name: 'eth9' } })], []);
    lan.run(3 * second);
    assert.equal(leader!.state('web')!.state, 'Initialize');
    assert.deepEqual(answering(), leaders());
    assert.equal(leaders().length, 1);
  });
});
