import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ipToBytes, parseIp } from '../../../../src/core/ip/address.js';
import {
  broadcastMac,
  formatMac,
  isStationMac,
  multicastMac,
  parseMac,
  virtualRouterMac,
} from '../../../../src/core/wire/mac.js';

describe('an Ethernet address', () => {
  it('is read back from its own text', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (mac) => {
        assert.deepEqual(parseMac(formatMac(mac)), mac);
        assert.deepEqual(parseMac(formatMac(mac).toUpperCase().replaceAll(':', '-')), mac);
      }),
    );
  });

  for (const text of [
    '',
    '00:00:5e:00:01',
    '00:00:5e:00:01:33:00',
    '00:00:5e:00:01:3',
    '00-00:5e:00:01:33',
    '00005e000133',
    ' 00:00:5e:00:01:33',
    '00:00:5e:00:01:3g',
  ]) {
    it(`is not "${text}"`, () => assert.equal(parseMac(text), undefined));
  }

  it('of a virtual router is made of family and VRID (RFC 9568 7.3)', () => {
    assert.equal(formatMac(virtualRouterMac(4, 51)), '00:00:5e:00:01:33');
    assert.equal(formatMac(virtualRouterMac(6, 255)), '00:00:5e:00:02:ff');
    for (const wrong of [0, 256, 1.5]) assert.throws(() => virtualRouterMac(4, wrong), /a VRID is 1 to 255/);
  });

  for (const [group, mac] of [
    ['224.0.0.18', '01:00:5e:00:00:12'],
    ['239.255.1.2', '01:00:5e:7f:01:02'],
    ['ff02::12', '33:33:00:00:00:12'],
    ['ff02::1:ffab:cdef', '33:33:ff:ab:cd:ef'],
  ] as const) {
    it(`of the group ${group} is ${mac}`, () => {
      assert.equal(formatMac(multicastMac(ipToBytes(parseIp(group)!))), mac);
    });
  }

  it('is a station’s unless it is a group’s or zero', () => {
    assert.equal(isStationMac(parseMac('02:00:00:00:00:01')!, 0), true);
    assert.equal(isStationMac(virtualRouterMac(4, 1), 0), true);
    assert.equal(isStationMac(broadcastMac(), 0), false);
    assert.equal(isStationMac(parseMac('01:00:5e:00:00:12')!, 0), false);
    assert.equal(isStationMac(new Uint8Array(6), 0), false);
  });
});
