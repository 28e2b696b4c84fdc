import assert from 'node:assert/strict';
import type { GroupConfig, LeaderSeen } from '../../../../src/agent/engine/messages.js';
import { createLan, groupOf, type Lan, type LanHost } from './lan.js';

const second = 1_000_000;
const members = [1, 2, 3];

describe('the engine says who leads a group', () => {
  let lan: Lan;
  let hosts: LanHost[];

  const start = (o: Partial<GroupConfig> = {}) => {
    lan = createLan();
    hosts = members.map((number) => lan.host(number));
    for (const [at, host] of hosts.entries()) host.engine().configure([groupOf(members, at + 1, o)], []);
    lan.run(3 * second);
  };
  const seenBy = (host: LanHost | undefined) =>
    host!.events.filter((event): event is LeaderSeen => event.type === 'leader');
  /** Each as soon as it is heard; and those of whom more than one advert was. */
  const leaders = (host: LanHost | undefined) =>
    seenBy(host)
      .map(({ leader }) => leader)
      .filter((leader, at, all) => at === 0 || leader !== all[at - 1]);
  const proven = (host: LanHost | undefined) => seenBy(host).flatMap(({ leader, proven }) => (proven ? [leader] : []));
  /** Whether it leads because who led before fell silent. */
  const isSilenced = (host: LanHost | undefined) => seenBy(host).at(-1)!.silenced;

  it('on the leader and on Backups, by its first advert and once more by its second', () => {
    start();
    assert.deepEqual(leaders(hosts[0]), [undefined]);
    assert.deepEqual(leaders(hosts[1]), ['192.0.2.1']);
    assert.deepEqual(leaders(hosts[2]), ['192.0.2.1']);
    lan.run(10 * second);
    assert.deepEqual(
      [0, 2].map((at) => seenBy(hosts[at]).map(({ leader, proven }) => [leader, proven])),
      [
        [[undefined, true]],
        [
          ['192.0.2.1', false],
          ['192.0.2.1', true],
        ],
      ],
    );
  });

  it('whenever it is another: after a hand-over, also on who only looked on and on who let go', () => {
    start();
    hosts[0]!.engine().shutdown(false);
    lan.run(2 * second);
    assert.deepEqual(leaders(hosts[0]), [undefined, '192.0.2.2']);
    assert.deepEqual(leaders(hosts[1]), ['192.0.2.1', undefined]);
    assert.deepEqual(leaders(hosts[2]), ['192.0.2.1', '192.0.2.2']);
    assert.deepEqual(proven(hosts[2]), leaders(hosts[2]));
    assert.ok(!isSilenced(hosts[1]));
  });

  it('after a death', () => {
    start();
    const silent = [{ type: 'leader-silent', nic: seenBy(hosts[1])[0]!.nic, leader: '192.0.2.1' }];
    hosts[0]!.kill();
    lan.run(3 * second);
    assert.deepEqual(leaders(hosts[1]), ['192.0.2.1', undefined]);
    assert.deepEqual(leaders(hosts[2]), ['192.0.2.1', '192.0.2.2']);
    assert.ok(isSilenced(hosts[1]));
    assert.ok(!isSilenced(hosts[2]));
    assert.deepEqual(
      hosts.map((host) => host.events.filter(({ type }) => type === 'leader-silent')),
      [[], silent, silent],
    );
  });

  it('and that one is silent, once, before anybody takes over; with fast detection, which tells at once, nobody', () => {
    start({ fastDetection: { interval: 20_000, multiplier: 3 } });
    hosts[0]!.kill();
    lan.run(3 * second);
    assert.ok(hosts.every((host) => host.events.every(({ type }) => type !== 'leader-silent')));
  });

  it('with the NIC, and the Ethernet address that adverts come from', () => {
    start();
    const [seen] = seenBy(hosts[1]);
    const mac = (host: LanHost | undefined) => host!.kernel.rtnetlink.links()[0]!.mac;
    assert.deepEqual(seen?.station, mac(hosts[0]));
    assert.deepEqual(seen?.mac, mac(hosts[1]));
    assert.equal(seen?.nic, seen?.answersOn);
  });

  it('with a virtual MAC, with the interface that has it; whose MAC adverts then have is nobody’s', () => {
    start({ virtualMac: true });
    const [seen] = seenBy(hosts[1]);
    assert.equal(seen?.station, undefined);
    assert.notEqual(seen?.nic, seen?.answersOn);
  });
});
