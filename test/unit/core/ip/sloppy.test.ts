import assert from 'node:assert/strict';
import { formatIp, parseIp } from '../../../../src/core/ip/address.js';
import { parseIpSloppy, withoutLeadingZeros } from '../../../../src/core/ip/sloppy.js';

describe('an address as Kubernetes reads it', () => {
  for (const [text, expected] of [
    ['192.0.2.1', '192.0.2.1'],
    ['192.000.002.010', '192.0.2.10'],
    ['010.0.0.08', '10.0.0.8'],
    ['000.0.00.0', '0.0.0.0'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:201', '192.0.2.1'],
    ['::ffff:192.0.02.1', '192.0.2.1'],
    ['::192.0.2.1', '::c000:201'],
    ['2001:DB8::0:1', '2001:db8::1'],
  ] as const) {
    it(`${text} is ${expected}`, () => {
      const address = parseIpSloppy(text);
      assert.equal(address && formatIp(address), expected);
    });
  }

  for (const text of ['', ' 192.0.2.1', '192.0.2', '192.0.2.256', '192.0.2.0256', 'fe80::1%eth0', '0x7f.0.0.1', 'x']) {
    it(`${JSON.stringify(text)} is none`, () => assert.equal(parseIpSloppy(text), undefined));
  }

  it('in a block is written as pools are', () => {
    assert.equal(withoutLeadingZeros('010.244.00.0/24'), '10.244.0.0/24');
    assert.equal(withoutLeadingZeros('2001:db8::/64'), '2001:db8::/64');
    assert.deepEqual(parseIp(withoutLeadingZeros('10.0.0.100')), parseIp('10.0.0.100'));
  });
});
