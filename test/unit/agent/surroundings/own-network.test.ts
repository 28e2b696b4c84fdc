import assert from 'node:assert/strict';
import { createOwnNetwork, readOwnNetwork } from '../../../../src/agent/surroundings/own-network.js';
import { formatNetwork, parseNetwork } from '../../../../src/api/agent-lease.js';

const routes = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	0102C6C0	0003	0	0	0	00000000	0	0	0
eth0	0002C6C0	00000000	0001	0	0	0	00FFFFFF	0	0	0
eth1	000A0A0A	FE02C6C0	0003	0	0	0	00FFFFFF	0	0	0
`;
const routes6 = `20010db8000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 20010db8000000000000000000000001 00000400 00000001 00000000 00000003     eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003     eth0
`;
const files: Readonly<Record<string, string>> = {
  '/proc/self/net/route': routes,
  '/proc/self/net/ipv6_route': routes6,
};
const own = (cidr: string | null, internal = false) => ({ cidr, internal }) as never;
const read = (path: string) => {
  if (files[path] === undefined) throw new Error('ENOENT');
  return files[path];
};

describe('what an agent says of the networks of its node', () => {
  const network = () =>
    readOwnNetwork(read, () => ({
      lo: [own('127.0.0.1/8', true)],
      eth0: [own('192.198.2.11/24'), own('192.198.2.100/32'), own('2001:db8::11/64'), own('fe80::1/64'), own(null)],
      'kube-ipvs0': [own('192.198.2.101/32')],
    }));

  it('is its addresses in subnets, not virtual ones, loopback or link-local ones, and its gateways', () => {
    assert.deepEqual(JSON.parse(formatNetwork(network())), {
      addresses: ['192.198.2.11/24', '2001:db8::11/64'],
      gateways: ['192.198.2.1', '192.198.2.254', '2001:db8::1'],
    });
  });

  it('is read as it was said', () => assert.deepEqual(parseNetwork(formatNetwork(network())), network()));

  it('is empty on a node without a family', () => {
    const nothing = readOwnNetwork(
      () => {
        throw new Error('ENOENT');
      },
      () => ({}),
    );
    assert.deepEqual(nothing, { addresses: [], gateways: [] });
  });

  it('is read anew every 30 s, not each time', () => {
    let now = 0;
    let reads = 0;
    const ownNetwork = createOwnNetwork(
      () => now,
      () => {
        reads++;
        return { addresses: [], gateways: [] };
      },
    );
    for (now = 0; now < 60_000; now += 4_000) ownNetwork();
    assert.equal(reads, 2);
  });

  for (const text of [
    undefined,
    '',
    'null',
    '[]',
    '7',
    '{',
    '{"addresses":7,"gateways":{}}',
    '{"addresses":[null,{},"10.0.0.1","10.0.0.1/33","x/8","10.0.0.1/"],"gateways":[1,"y"]}',
    `{"gateways":["${'1'.repeat(9000)}"]}`,
  ]) {
    it(`says nothing with ${text?.slice(0, 40)}`, () =>
      assert.deepEqual(parseNetwork(text), { addresses: [], gateways: [] }));
  }

  it('is believed up to a bound', () => {
    const many = Array.from({ length: 500 }, (_, at) => `10.0.${at >> 8}.${at & 255}`);
    const said = parseNetwork(JSON.stringify({ addresses: many.slice(0, 300).map((ip) => `${ip}/8`) }));
    assert.equal(said.addresses.length, 64);
    assert.equal(parseNetwork(JSON.stringify({ gateways: many })).gateways.length, 16);
  });
});
