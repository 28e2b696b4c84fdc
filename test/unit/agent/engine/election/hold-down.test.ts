import assert from 'node:assert/strict';
import type { GroupConfig } from '../../../../../src/agent/engine/messages.js';
import { ipToBytes, parseIp } from '../../../../../src/core/ip/address.js';
import { createLan, groupOf, type Lan, type LanHost } from '../lan.js';

const ms = 1_000;
const second = 1_000_000;
const bytes = (text: string) => ipToBytes(parseIp(text)!);
const vip = '2001:db8::100';
const refusal = 'EACCES: IPv6 is disabled on this device';

describe('a leader whose addresses the kernel refuses', () => {
  let lan: Lan;
  let hosts: LanHost[];
  const members = [1, 2, 3];
  const six = (o: Partial<GroupConfig> = {}) => ({ family: 6, addresses: [bytes(vip)], ...o }) as const;
  const configure = (index: number, o: Partial<GroupConfig> = {}) =>
    hosts[index]!.engine().configure([groupOf(members, members[index]!, six(o))], []);
  const start = (refused: readonly number[], o: Partial<GroupConfig> = {}, text = refusal) => {
    lan = createLan();
    hosts = members.map((number) => lan.host(number));
    for (const number of refused) hosts[number - 1]!.refuse = text;
    for (const index of hosts.keys()) configure(index, o);
  };
  const holders = () => hosts.filter((host) => host.held().includes(vip)).map(({ name }) => name);
  const states = () => hosts.map((host) => host.state('web')?.state);
  const tries = (host: LanHost) => host.work.filter(({ what }) => what === `put ${vip}`).length;
  const given = (host: LanHost) => host.engine().report().counters.leaderships_given_up ?? 0;

  it('hands over to a member that can, within a second, and says why and what would help', () => {
    start([1]);
    lan.until(() => hosts[0]!.state('web')?.state === 'Active');
    const took = lan.until(() => holders().length === 1);
    assert.ok(took < 1 * second, `${took} us`);
    assert.deepEqual(holders(), ['n2']);
    lan.run(2 * second);
    assert.deepEqual(states(), ['Initialize', 'Active', 'Backup']);
    assert.match(
      hosts[0]!.state('web')!.message!,
      /^stands by: the kernel refuses every address of the group on eth0 \(EACCES: IPv6 is disabled.*\): set that right .* tried again after 10 s/,
    );
    const told = hosts[0]!.events.filter((event) => event.type === 'log' && event.level === 'error');
    assert.equal(told.length, 1);
  });

  it('comes back as a Backup, and takes the lead from nobody, though it is better and the group preempts', () => {
    start([1], { preempt: true });
    lan.until(() => holders().length === 1);
    lan.run(60 * second);
    assert.deepEqual(states(), ['Backup', 'Active', 'Backup']);
    assert.deepEqual([given(hosts[0]!), holders()], [1, ['n2']]);
  });

  it('is like any other again once it could put an address in place', () => {
    start([1], { preempt: true });
    lan.until(() => holders().length === 1);
    hosts[0]!.refuse = undefined;
    lan.run(15 * second);
    for (const index of [1, 2]) hosts[index]!.kill();
    lan.until(() => holders()[0] === 'n1');
    for (const index of [1, 2]) {
      hosts[index]!.restart();
      configure(index, { preempt: true });
    }
    lan.run(5 * second);
    hosts[0]!.setLink({ running: false });
    lan.run(2 * second);
    assert.deepEqual(holders(), ['n2']);
    hosts[0]!.setLink({ running: true });
    lan.run(5 * second);
    assert.deepEqual(holders(), ['n1'], 'it preempts as it did');
  });

  it('does not spin when every member is refused: each tries ever more seldom, and all say so', () => {
    start([1, 2, 3]);
    lan.run(600 * second);
    for (const host of hosts) {
      assert.ok(given(host) >= 8 && given(host) <= 14, `${host.name} gave up ${given(host)} times in 600 s`);
      assert.ok(tries(host) <= 8 * given(host), `${host.name} tried ${tries(host)} times`);
    }
    const waiting = hosts.filter((host) => host.state('web')?.state === 'Initialize');
    assert.ok(waiting.length >= 2);
    for (const host of waiting) assert.match(host.state('web')!.message!, /after 60 s, when no other member leads$/);
  });

  it('serves again within the longest pause when the reason is gone everywhere', () => {
    start([1, 2, 3]);
    lan.run(300 * second);
    for (const host of hosts) host.refuse = undefined;
    const took = lan.until(() => holders().length === 1, 70 * second);
    assert.ok(took <= 65 * second, `${took} us`);
  });

  it('stays when one of its addresses is in place', () => {
    start([]);
    lan.until(() => holders().length === 1);
    const addresses = [bytes(vip), bytes('2001:db8::101')];
    hosts[0]!.refuse = refusal;
    const put = hosts[0]!.kernel.rtnetlink.renewAddresses;
    (hosts[0]!.kernel.rtnetlink as { renewAddresses: typeof put }).renewAddresses = (list) => {
      hosts[0]!.refuse = undefined; // what is there is renewed all the same
      const failed = put(list);
      hosts[0]!.refuse = refusal;
      return failed;
    };
    for (const index of hosts.keys()) configure(index, { addresses });
    lan.run(10 * second);
    assert.deepEqual([states()[0], given(hosts[0]!)], ['Active', 0]);
  });

  it('stays when what refuses them passes', () => {
    start([1], {}, 'ENOBUFS: no buffer space available');
    lan.run(5 * second);
    assert.deepEqual([states()[0], given(hosts[0]!)], ['Active', 0]);
    hosts[0]!.refuse = undefined;
    lan.run(4 * second);
    assert.deepEqual(holders(), ['n1']);
  });

  it('tries at once when the group is given other addresses', () => {
    start([1]);
    lan.until(() => holders().length === 1);
    lan.run(1 * second);
    hosts[0]!.refuse = undefined;
    for (const index of [1, 2]) hosts[index]!.kill();
    configure(0, { addresses: [bytes('2001:db8::200')] });
    const took = lan.until(() => hosts[0]!.held().length === 1);
    assert.ok(took <= 3 * second + 900 * ms, `${took} us`);
  });
});
