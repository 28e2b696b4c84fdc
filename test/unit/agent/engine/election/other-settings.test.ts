import assert from 'node:assert/strict';
import type { GroupConfig } from '../../../../../src/agent/engine/messages.js';
import { ipToBytes, parseIp } from '../../../../../src/core/ip/address.js';
import { createLan, groupOf, type Lan, type LanHost } from '../lan.js';

const ms = 1_000;
const second = 1_000_000;
const bytes = (text: string) => ipToBytes(parseIp(text)!);
const members = [1, 2, 3];

describe('members with other settings than the group', () => {
  let lan: Lan;
  let hosts: LanHost[];
  const start = (of: (number: number) => Partial<GroupConfig>) => {
    lan = createLan();
    hosts = members.map((number) => lan.host(number));
    for (const number of members) configure(number, of(number));
  };
  const configure = (number: number, o: Partial<GroupConfig>) =>
    hosts[number - 1]!.engine().configure([groupOf(members, number, o)], []);
  const leaders = () => hosts.filter((host) => host.state('web')?.state === 'Active');
  const seenBy = (host: LanHost) =>
    host.events.flatMap((event) => (event.type === 'sighting' && event.kind === 'other-settings' ? [event] : []));
  const told = (host: LanHost) =>
    seenBy(host).map(({ offender, setting, theirs, ours, dropped }) => [offender, setting, theirs, ours, dropped]);

  describe('in version 2,', () => {
    const version2 = { version: 2, advertisementInterval: 1 * second } as const;

    it('elect one leader of a group without addresses', () => {
      start(() => ({ ...version2, addresses: [] }));
      lan.run(30 * second);
      assert.deepEqual(leaders(), [hosts[0]]);
      assert.deepEqual(hosts.map(told), [[], [], []], 'and nothing is said of addresses that none of them has');
    });

    it('lead alone while their addresses differ, and it is told once that lasts', () => {
      const addresses = ['192.0.2.100', '192.0.2.101'].map(bytes);
      start((number) => ({ ...version2, addresses: number === 1 ? addresses : addresses.slice(0, 1) }));
      lan.run(5 * second);
      assert.deepEqual(leaders(), [hosts[0]]);
      assert.deepEqual(told(hosts[1]!), []);
      lan.run(25 * second);
      assert.deepEqual(leaders(), [hosts[0]]);
      assert.deepEqual(told(hosts[1]!), [['192.0.2.1', 'addresses', '192.0.2.100, 192.0.2.101', '192.0.2.100', false]]);
    });

    it('have one leader all the time while a change of addresses reaches one after the other', () => {
      start(() => version2);
      lan.run(10 * second);
      const addresses = ['192.0.2.100', '192.0.2.101'].map(bytes);
      for (const number of [2, 1, 3]) {
        configure(number, { ...version2, addresses });
        for (let i = 0; i < 45; i++) {
          lan.run(100 * ms);
          assert.deepEqual(leaders(), [hosts[0]]);
        }
      }
      assert.deepEqual(hosts.map(told), [[], [], []]);
    });

    it('say that another has another interval, for which its adverts are dropped', () => {
      start((number) => ({ ...version2, advertisementInterval: (number === 1 ? 2 : 1) * second }));
      lan.run(30 * second);
      assert.deepEqual(told(hosts[1]!)[0], ['192.0.2.1', 'interval', '2 s', '1 s', true]);
    });
  });

  it('say that another has another version', () => {
    start((number) => ({ version: number === 1 ? 2 : 3, advertisementInterval: 1 * second }));
    lan.run(30 * second);
    assert.deepEqual(told(hosts[1]!)[0], ['192.0.2.1', 'version', '2', '3', true]);
    assert.deepEqual(told(hosts[0]!)[0]!.slice(1), ['version', '3', '2', true]);
  });

  it('say that another has another transport', () => {
    start((number) => ({ transport: number === 1 ? 'unicast' : 'multicast' }));
    lan.run(30 * second);
    assert.deepEqual(told(hosts[1]!)[0], ['192.0.2.1', 'transport', 'unicast', 'multicast', true]);
  });

  it('are told of once a minute', () => {
    start((number) => ({ version: number === 1 ? 2 : 3, advertisementInterval: 1 * second }));
    lan.run(100 * second);
    assert.equal(told(hosts[1]!).length, 2);
  });
});
