import assert from 'node:assert/strict';
import { solicitedNodeGroup } from '../../src/core/wire/ndp.js';
import { openIpv6Groups } from '../../src/platform/linux/ipv6-groups.js';
import { openRtnetlink } from '../../src/platform/linux/rtnetlink.js';
import { openTwoHosts, requireRoot, type TwoHosts } from './two-hosts.js';

const groupOf = (suffix: number) => {
  const address = new Uint8Array(16);
  address.set([0x20, 0x01, 0x0d, 0xb8]);
  new DataView(address.buffer).setUint32(12, suffix);
  return solicitedNodeGroup(address);
};

describe('membership of IPv6 groups', function () {
  this.timeout(60_000);
  let hosts: TwoHosts;
  let index: number;

  before(function () {
    requireRoot(this);
    hosts = openTwoHosts('v6group');
    index = hosts.inA(() => {
      const rtnetlink = openRtnetlink();
      const link = rtnetlink.links().find((each) => each.name === 'va');
      rtnetlink.close();
      return link!.index;
    });
  });
  after(() => hosts?.close());

  const joined = () => hosts.onA('-6', 'maddress', 'show', 'dev', 'va').match(/ff02::1:ff42:\S+/g) ?? [];

  it('is told by MLD for the solicited-node group, and ends with the last use', () => {
    const groups = hosts.inA(() => openIpv6Groups(index));
    hosts.inA(() => groups.join(groupOf(0x420001)));
    hosts.inA(() => groups.join(groupOf(0x420001)));
    assert.deepEqual(joined(), ['ff02::1:ff42:1']);
    groups.leave(groupOf(0x420001));
    assert.deepEqual(joined(), ['ff02::1:ff42:1']);
    groups.leave(groupOf(0x420001));
    assert.deepEqual(joined(), []);
    groups.close();
  });

  it('has no limit of one socket: a thousand groups, and all left at once', () => {
    const groups = hosts.inA(() => openIpv6Groups(index));
    hosts.inA(() => {
      for (let suffix = 0; suffix < 1000; suffix++) groups.join(groupOf(0x420000 + suffix));
    });
    assert.equal(joined().length, 1000);
    groups.close();
    assert.deepEqual(joined(), []);
  });

  it('on an interface that does not exist is an error that names both', () => {
    assert.throws(() => hosts.inA(() => openIpv6Groups(4711).join(groupOf(1))), {
      name: 'LinuxError',
      code: 'ENODEV',
      message: /IPv6 group ff02[0-9a-f]{28} on interface 4711/,
    });
  });
});
