import assert from 'node:assert/strict';
import { check } from '../../src/platform/linux/errno.js';
import { joinVrrpGroup } from '../../src/platform/linux/multicast-membership.js';
import { openRtnetlink } from '../../src/platform/linux/rtnetlink.js';
import { bind, close, recv, socket } from '../../src/platform/linux/sys.js';
import { eventually } from '../lab/eventually.js';
import { openTwoHosts, requireRoot, type TwoHosts } from './two-hosts.js';

const cases = [
  {
    family: 4,
    report: 'an IGMPv3 report',
    group: [224, 0, 0, 18],
    shown: /inet {2}224\.0\.0\.18/,
    isReport: (frame: Buffer) => frame.readUInt16BE(12) === 0x0800 && frame[23] === 2,
  },
  {
    family: 6,
    report: 'an MLDv2 report',
    group: [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12],
    shown: /inet6 ff02::12/,
    // Hop-by-hop options (router alert), then ICMPv6 type 143
    isReport: (frame: Buffer) => frame.readUInt16BE(12) === 0x86dd && frame[20] === 0 && frame[62] === 143,
  },
] as const;

describe('multicast membership', function () {
  this.timeout(60_000);
  let hosts: TwoHosts;

  before(function () {
    requireRoot(this);
    hosts = openTwoHosts('group');
    hosts.onA('address', 'add', '10.9.0.1/24', 'dev', 'va');
  });
  after(() => hosts?.close());

  const indexOn = (name: string): number => {
    const rtnetlink = openRtnetlink();
    const link = rtnetlink.links().find((each) => each.name === name);
    rtnetlink.close();
    return link!.index;
  };

  for (const { family, report, group, shown, isReport } of cases) {
    it(`in IPv${family} sends ${report}, again after the link came back, and ends with close()`, async () => {
      const sniffer = hosts.inB(() => openSniffer(indexOn('vb')));
      const seesReport = () =>
        eventually(report, () => sniffer.some((frame) => isReport(frame) && frame.includes(Buffer.from(group))));
      const membership = hosts.inA(() => joinVrrpGroup(indexOn('va'), family));
      await seesReport();
      assert.match(hosts.onA('maddress', 'show', 'dev', 'va'), shown);
      hosts.onA('link', 'set', 'va', 'down');
      sniffer.some(() => false);
      hosts.onA('link', 'set', 'va', 'up');
      await seesReport();
      membership.close();
      assert.doesNotMatch(hosts.onA('maddress', 'show', 'dev', 'va'), shown);
      sniffer.close();
    });

    it(`in IPv${family} on an interface that does not exist is an error that names both`, () => {
      assert.throws(() => hosts.inA(() => joinVrrpGroup(4711, family)), {
        name: 'LinuxError',
        code: 'ENODEV',
        message: new RegExp(`IPv${family} VRRP group on interface 4711`),
      });
    });
  }
});

/** A packet socket without a filter: sees everything that arrives or leaves. */
function openSniffer(interfaceIndex: number): { some(test: (frame: Buffer) => boolean): boolean; close(): void } {
  const fd = check(socket(17, 3 | 0o4000, 0), 'open', 'a sniffer');
  const address = new DataView(new ArrayBuffer(20));
  address.setUint16(0, 17, true);
  address.setUint16(2, 0x0300, true);
  address.setInt32(4, interfaceIndex, true);
  check(bind(fd, new Uint8Array(address.buffer)), 'bind', 'a sniffer');
  const buffer = Buffer.alloc(2048);
  return {
    some(test) {
      let found = false;
      for (
        let length = recv(fd, buffer, 0);
        length !== -11;
        length = recv(fd, buffer, 0) // -EAGAIN: nothing left
      )
        if (length > 0) found = test(buffer.subarray(0, length)) || found;
      return found;
    },
    close: () => void close(fd),
  };
}
