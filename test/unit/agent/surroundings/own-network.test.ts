import assert from 'node:assert/strict';
import { createOwnNetwork } from '../../../../src/agent/surroundings/own-network.js';
import { type AgentNetwork, formatNetwork, parseNetwork } from '../../../../src/api/agent-network.js';

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

const nics = (network: AgentNetwork) => Object.keys(JSON.parse(formatNetwork(network)).nics);

describe('what an agent says of the networks of its node', () => {
  const interfaces = () => ({
    lo: [own('127.0.0.1/8', true)],
    eth0: [own('192.198.2.11/24'), own('192.198.2.100/32'), own('2001:db8::11/64'), own('fe80::1/64'), own(null)],
    'kube-ipvs0': [own('192.198.2.101/32')],
  });
  const network = createOwnNetwork(() => 0, { file: read, interfaces });

  it('is its addresses in subnets by NIC, not virtual ones, loopback or link-local ones, and its gateways', () => {
    assert.deepEqual(JSON.parse(formatNetwork(network())), {
      nics: { eth0: ['192.198.2.11/24', '2001:db8::11/64'] },
      gateways: ['192.198.2.1', '192.198.2.254', '2001:db8::1'],
    });
  });

  it('is read as it was said', () => assert.deepEqual(parseNetwork(formatNetwork(network())), network()));

  it('is the same text in whichever order the kernel has it', () => {
    const of = (...list: string[]) =>
      createOwnNetwork(() => 0, { file: read, interfaces: () => ({ eth0: list.map((cidr) => own(cidr)) }) })();
    assert.equal(formatNetwork(of('10.1.0.1/16', '10.2.0.1/16')), formatNetwork(of('10.2.0.1/16', '10.1.0.1/16')));
  });

  it('is nothing on a node without a family', () => {
    const file = () => {
      throw new Error('ENOENT');
    };
    const nothing = createOwnNetwork(() => 0, { file, interfaces: () => ({}) })();
    assert.equal(formatNetwork(nothing), '{"nics":{},"gateways":[]}');
  });

  it('has the routes anew every 30 s, not each time', () => {
    let now = 0;
    let reads = 0;
    const file = (path: string) => {
      if (path.endsWith('/route')) reads++;
      return '';
    };
    const ownNetwork = createOwnNetwork(() => now, { file, interfaces: () => ({}) });
    for (now = 0; now < 60_000; now += 4_000) ownNetwork();
    assert.equal(reads, 2);
  });

  it('keeps what a NIC had while that has nothing', () => {
    let present: Record<string, { cidr: string; internal: boolean }[]> = {
      eth0: [{ cidr: '192.0.2.5/24', internal: false }],
    };
    const ownNetwork = createOwnNetwork(() => 0, { file: read, interfaces: () => present });
    assert.deepEqual(nics(ownNetwork()), ['eth0']);
    present = { eth1: [{ cidr: '198.51.100.5/24', internal: false }] };
    assert.deepEqual(nics(ownNetwork()), ['eth0', 'eth1']);
    present = { eth0: [{ cidr: '203.0.113.5/24', internal: false }] };
    assert.deepEqual(JSON.parse(formatNetwork(ownNetwork())).nics, {
      eth0: ['203.0.113.5/24'],
      eth1: ['198.51.100.5/24'],
    });
  });
});
