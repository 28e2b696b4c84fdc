import assert from 'node:assert/strict';
import type { LinkSetting } from '../../../../src/platform/linux/link-message.js';
import { setByRtnetlink } from '../../../../src/platform/linux/sysctl-by-rtnetlink.js';

describe('a setting below /proc/sys/net, by rtnetlink', () => {
  let done: (readonly [number, LinkSetting])[];
  const set = (path: string, value: string) => {
    const link = { index: 7 } as never;
    setByRtnetlink(
      {
        link: (which) => ('name' in which && which.name === 'eth0' ? link : undefined),
        setLink: (index, setting) => void done.push([index, setting]),
      },
      path,
      value,
    );
  };
  beforeEach(() => {
    done = [];
  });

  for (const [path, value, setting] of [
    ['ipv4/conf/eth0/rp_filter', '2', { ipv4Number: 8, value: 2 }],
    ['ipv4/conf/eth0/arp_filter', '1', { ipv4Number: 13, value: 1 }],
    ['ipv4/conf/eth0/arp_announce', '2', { ipv4Number: 18, value: 2 }],
    ['ipv4/conf/eth0/arp_ignore', '1', { ipv4Number: 19, value: 1 }],
    ['ipv4/conf/eth0/accept_local', '0', { ipv4Number: 23, value: 0 }],
    ['ipv6/conf/eth0/addr_gen_mode', '1', { addressGenerationMode: 1 }],
  ] as const)
    it(`is set: ${path}`, () => {
      set(path, value);
      assert.deepEqual(done, [[7, setting]]);
    });

  for (const path of [
    'ipv6/conf/eth0/accept_ra',
    'ipv4/conf/eth9/arp_ignore',
    'ipv4/conf/all/arp_ignore',
    'ipv4/neigh/eth0/arp_ignore',
    'ipv4/conf/eth0/forwarding',
    'ipv4/ip_forward',
  ])
    it(`is left alone: ${path}`, () => {
      set(path, '1');
      assert.deepEqual(done, []);
    });
});
