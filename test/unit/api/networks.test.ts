import assert from 'node:assert/strict';
import { createNetworkReport } from '../../../src/agent/networks.js';
import { formatNetworks, parseNetworks, subnetOf } from '../../../src/api/networks.js';
import { formatRange } from '../../../src/core/ip/range.js';

describe('the subnets that an agent tells of', () => {
  for (const [cidr, subnet] of [
    ['192.0.2.77/24', '192.0.2.0/24'],
    ['2001:db8::abcd/64', '2001:db8::/64'],
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['192.0.2.77/32', undefined],
    ['2001:db8::1/128', undefined],
    ['fe80::1/64', undefined],
    ['169.254.3.4/16', undefined],
    ['0.0.0.0/0', undefined],
    ['192.0.2.1', undefined],
    ['192.0.2.1/33', undefined],
    ['eth0/24', undefined],
  ] as const) {
    it(`${cidr} is ${subnet ?? 'none'}`, () => assert.equal(subnetOf(cidr), subnet));
  }

  it('are the same text in whichever order the kernel has them', () => {
    const [a, b] = ['10.1.0.0/16', '10.2.0.0/16'];
    assert.equal(formatNetworks({ eth1: [a, b], eth0: [a] }), formatNetworks({ eth0: [a, a], eth1: [b, a] }));
  });

  it('are read back', () => {
    const networks = parseNetworks(formatNetworks({ eth0: ['192.0.2.0/24', '2001:db8::/64'], none: [] }))!;
    assert.deepEqual([...networks.keys()], ['eth0']);
    assert.deepEqual(networks.get('eth0')!.map(formatRange), ['192.0.2.0/24', '2001:db8::/64']);
  });

  for (const text of [undefined, '', 'no', 'null', '[]', '7', '{"eth0":7}', `{"a":["${'x'.repeat(20_000)}"]}`]) {
    it(`are not known from ${text === undefined ? 'nothing' : text.slice(0, 20)}`, () =>
      assert.equal(parseNetworks(text), undefined));
  }

  it('leave out what is no subnet', () => {
    assert.deepEqual(parseNetworks('{"eth0":["fe80::/64",5,"10.0.0.0/8"]}')!.get('eth0')!.map(formatRange), [
      '10.0.0.0/8',
    ]);
  });

  it('are those of NICs that are down as well, which keep what they had', () => {
    let interfaces: Record<string, { cidr: string | null }[]> = {
      lo: [{ cidr: '127.0.0.1/8' }],
      eth0: [{ cidr: '192.0.2.5/24' }, { cidr: '192.0.2.100/32' }, { cidr: 'fe80::5/64' }],
      veth1: [{ cidr: 'fe80::6/64' }],
    };
    const report = createNetworkReport(() => interfaces);
    assert.equal(report(), '{"eth0":["192.0.2.0/24"]}');
    interfaces = { eth1: [{ cidr: '198.51.100.5/24' }] };
    assert.equal(report(), '{"eth0":["192.0.2.0/24"],"eth1":["198.51.100.0/24"]}');
    interfaces = { eth0: [{ cidr: '203.0.113.5/24' }] };
    assert.equal(report(), '{"eth0":["203.0.113.0/24"],"eth1":["198.51.100.0/24"]}');
  });
});
