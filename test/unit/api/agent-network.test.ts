import assert from 'node:assert/strict';
import { isWhole, parseNetwork, parseNicAddress, subnetOf } from '../../../src/api/agent-network.js';
import { formatRange } from '../../../src/core/ip/range.js';

describe('an address on a NIC', () => {
  for (const [cidr, subnet] of [
    ['192.0.2.77/24', '192.0.2.0/24'],
    ['2001:db8::abcd/64', '2001:db8::/64'],
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['192.0.2.77/31', '192.0.2.76/31'],
    ['192.0.2.77/32', undefined],
    ['2001:db8::1/128', undefined],
    ['fe80::1/64', undefined],
    ['169.254.3.4/16', undefined],
    ['0.0.0.0/0', undefined],
    ['192.0.2.1', undefined],
    ['192.0.2.1/33', undefined],
    ['192.0.2.1/', undefined],
    ['eth0/24', undefined],
  ] as const) {
    it(`${cidr} is in ${subnet ?? 'no subnet'}`, () => {
      const found = parseNicAddress(cidr);
      assert.equal(found && formatRange(subnetOf(found)), subnet);
    });
  }
});

describe('what is believed of the networks of a node', () => {
  for (const text of [
    undefined,
    '',
    'no',
    'null',
    '[]',
    '7',
    '{',
    '{"gateways":["192.0.2.1"]}',
    '{"nics":7}',
    '{"nics":[]}',
    `{"nics":{"a":["${'x'.repeat(20_000)}"]}}`,
  ]) {
    it(`is nothing with ${text === undefined ? 'no text' : text.slice(0, 30)}`, () =>
      assert.equal(parseNetwork(text), undefined));
  }

  it('is what are addresses in it', () => {
    const { nics, gateways } = parseNetwork(
      '{"nics":{"eth0":["fe80::1/64",5,null,"10.0.0.1/8","10.0.0.1/33"],"eth1":7},"gateways":[1,"y","10.0.0.254"]}',
    )!;
    assert.deepEqual(
      [...nics].map(([nic, list]) => [nic, list.map((each) => formatRange(subnetOf(each)))]),
      [
        ['eth0', ['10.0.0.0/8']],
        ['eth1', []],
      ],
    );
    assert.equal(gateways.length, 1);
  });

  it('is all that there is only below the bounds: what is more is not written', () => {
    const addresses = (count: number) => Array.from({ length: count }, (_, at) => `10.0.0.${at + 1}/24`);
    const nics = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`eth${at}`, addresses(1)]));
    const whole = (nics: object) => isWhole(parseNetwork(JSON.stringify({ nics }))!);
    assert.deepEqual([whole({}), whole({ eth0: addresses(15) }), whole(nics(63))], [true, true, true]);
    assert.deepEqual([whole({ eth0: addresses(16) }), whole(nics(64))], [false, false]);
  });

  it('has a bound', () => {
    const many = Array.from({ length: 300 }, (_, at) => `10.0.${at >> 8}.${at & 255}`);
    const list = many.map((ip) => `${ip}/8`);
    const { nics, gateways } = parseNetwork(JSON.stringify({ nics: { eth0: list }, gateways: many }))!;
    assert.deepEqual([nics.get('eth0')!.length, gateways.length], [16, 16]);
    const wide = Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`eth${at}`, []]));
    assert.equal(parseNetwork(JSON.stringify({ nics: wide }))!.nics.size, 64);
  });
});
