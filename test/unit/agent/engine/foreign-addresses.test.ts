import assert from 'node:assert/strict';
import { createLan, groupOf, type Lan, type LanHost } from './lan.js';

const vip = '192.0.2.100';
const second = 1_000_000;

describe('addresses that another program left on a NIC', () => {
  let lan: Lan;
  let leader: LanHost;
  let backup: LanHost;

  function start(o: Parameters<typeof groupOf>[2]): void {
    lan = createLan();
    [leader, backup] = [lan.host(1), lan.host(2)];
    leader.engine().configure([groupOf([1, 2], 1, o)], []);
    backup.engine().configure([groupOf([1, 2], 2, o)], []);
    lan.until(() => leader.state('web')?.state === 'Active' && backup.state('web')?.state === 'Backup');
    lan.run(second);
  }

  const removed = (host: LanHost) => host.work.filter(({ what }) => what.startsWith('remove')).map(({ what }) => what);
  const told = (host: LanHost) =>
    host.events.flatMap((event) => (event.type === 'log' && event.message.startsWith('removed') ? [event] : []));

  it('stay on a Backup where the group does not say otherwise', () => {
    start({});
    backup.addAddress(vip, 32);
    lan.run(5 * second);
    assert.deepEqual(removed(backup), []);
  });

  it('are removed from a Backup within a second where the group says so, which is logged and counted', () => {
    start({ removesForeign: true });
    backup.addAddress(vip, 32);
    lan.run(1.1 * second);
    assert.deepEqual(removed(backup), [`remove ${vip}`]);
    assert.deepEqual(
      told(backup).map(({ level, fields }) => ({ level, fields })),
      [{ level: 'warn', fields: { group: 'web', interface: 'eth0', addresses: [vip] } }],
    );
    assert.equal(backup.engine().report().counters.foreign_addresses_removed, 1);
    assert.equal(leader.state('web')?.state, 'Active');
    assert.deepEqual(leader.held(), [vip]);
  });

  it('are removed at most once a second from under a program that puts them back', () => {
    start({ removesForeign: true });
    for (let n = 0; n < 100; n++) {
      backup.addAddress(vip, 32);
      lan.run(0.1 * second);
    }
    assert.ok(removed(backup).length <= 11, `${removed(backup).length} times`);
  });

  it('stay where they may be the node’s own, or are no group’s', () => {
    start({ removesForeign: true });
    backup.addAddress(vip, 24);
    backup.addAddress('192.0.2.101', 32);
    lan.run(5 * second);
    assert.deepEqual(removed(backup), []);
  });

  it('are not taken from a leader, which answers with them', () => {
    start({ removesForeign: true });
    leader.addAddress(vip, 32);
    lan.run(5 * second);
    assert.deepEqual(removed(leader), []);
    assert.equal(leader.state('web')?.state, 'Active');
  });

  it('are removed from a leader that answers itself: the kernel would answer as well', () => {
    start({ removesForeign: true, answer: 'responder' });
    leader.addAddress(vip, 32);
    lan.run(1.1 * second);
    assert.deepEqual(removed(leader), [`remove ${vip}`]);
  });
});
