import assert from 'node:assert/strict';
import { errnoOf, LinuxError } from '../../../../../src/platform/linux/errno.js';
import { createLan, groupOf, type Lan, type LanHost } from '../lan.js';

const second = 1_000_000;
const vip = '192.0.2.100';

describe('a group with a virtual MAC', () => {
  let lan: Lan;
  let host: LanHost;
  const configure = (name = 'web', virtualRouterId = 51) =>
    host.engine().configure([groupOf([1], 1, { name, virtualRouterId, virtualMac: true })], []);
  const logs = () => host.events.filter(({ type }) => type === 'log');

  beforeEach(() => {
    lan = createLan();
    host = lan.host(1);
  });

  it('takes no part where a setting cannot be changed without which two MACs answer, says which, and does once it can', () => {
    const object = 'net.ipv4.conf.eth0.arp_ignore';
    host.refuseVirtualMac = new LinuxError({ errno: errnoOf('EROFS'), operation: 'set', object });
    configure();
    lan.run(5 * second);
    assert.equal(host.state('web')!.state, 'Initialize');
    assert.match(host.state('web')!.message!, /set net\.ipv4\.conf\.eth0\.arp_ignore: EROFS/);
    assert.deepEqual(host.held(), []);
    host.refuseVirtualMac = undefined;
    lan.until(() => host.held().includes(vip));
    assert.equal(host.state('web')!.message, undefined);
  });

  it('leaves no setting changed when that is why it takes no part', () => {
    host.refuseVirtualMac = new LinuxError({ errno: errnoOf('EROFS'), operation: 'set', object: 'x' });
    configure();
    lan.run(1 * second);
    assert.ok(host.work.some(({ what }) => what === 'settings restored'));
  });

  it('takes part without precautions that cannot be taken, and says so once for all groups', () => {
    host.unset = ['ipv6/conf/vr2.4.51/accept_ra=0'];
    configure();
    configure('other', 52);
    lan.run(5 * second);
    assert.equal(host.state('web')!.state, 'Active');
    assert.deepEqual(
      logs().map((event) => event.type === 'log' && [event.level, event.fields]),
      [['warn', { settings: host.unset }]],
    );
  });
});
