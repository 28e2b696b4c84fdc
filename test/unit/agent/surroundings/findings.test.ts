import assert from 'node:assert/strict';
import { findingsOf, type Neighborhood } from '../../../../src/agent/surroundings/findings.js';
import {
  type LocalNetwork,
  localIpv4,
  readLocalNetwork,
  subnetsOf,
} from '../../../../src/agent/surroundings/local-network.js';

const group: Neighborhood = {
  protocol: 'layer2',
  interface: 'eth0',
  addresses: ['192.0.2.100'],
  virtualMac: false,
  leads: true,
};
const eth0 = [
  { address: '192.0.2.11', cidr: '192.0.2.11/24' },
  { address: '2001:db8::11', cidr: '2001:db8::11/64' },
];
const network = (
  o: Partial<LocalNetwork> & { devices?: readonly string[]; arpIgnore?: number } = {},
): LocalNetwork => ({
  ipv4: new Set([
    '127.0.0.1',
    ...Object.values(o.interfaces ?? { eth0 }).flatMap((list) => list.map(({ address }) => address)),
  ]),
  interfaces: { eth0 },
  subnets: subnetsOf(o.interfaces ?? { eth0 }),
  hasInterface: (name) => (o.devices ?? ['lo', 'eth0']).includes(name),
  hasArpOff: () => false,
  setting: () => o.arpIgnore ?? 0,
  ...o,
});
const reasons = (g: Partial<Neighborhood>, n: LocalNetwork) =>
  findingsOf({ ...group, ...g }, n).map(({ reason }) => reason);

describe('what is in the way of a layer2 group', () => {
  it('is nothing on a node that has none of its addresses', () => {
    assert.deepEqual(findingsOf(group, network()), []);
  });

  it('is kube-ipvs0 without strictARP, with the remedy, before an address is on it and on followers, too', () => {
    const [finding] = findingsOf({ ...group, leads: false }, network({ devices: ['eth0', 'kube-ipvs0'] }));
    assert.equal(finding?.reason, 'StrictArpOff');
    assert.match(finding.message, /ipvs\.strictARP to true .*arp_ignore=1.*arp_announce=2/);
  });

  for (const arpIgnore of [1, 2, 8]) {
    it(`is not kube-ipvs0 with arp_ignore ${arpIgnore}`, () => {
      assert.deepEqual(reasons({}, network({ devices: ['eth0', 'kube-ipvs0'], arpIgnore })), []);
    });
  }

  it('is kube-ipvs0 with arp_ignore 3, which spares addresses of host scope only', () => {
    assert.deepEqual(reasons({}, network({ devices: ['kube-ipvs0'], arpIgnore: 3 })), ['StrictArpOff']);
  });

  it('is not kube-ipvs0 for IPv6: the kernel answers solicitations for addresses of the NIC itself only', () => {
    assert.deepEqual(reasons({ addresses: ['2001:db8::100'] }, network({ devices: ['kube-ipvs0'] })), []);
  });

  it('is an address on another interface, unless arp_ignore is set', () => {
    const ipv4 = new Set(['192.0.2.100']);
    assert.deepEqual(reasons({}, network({ ipv4 })), ['AddressOnNode']);
    assert.deepEqual(reasons({}, network({ ipv4, arpIgnore: 1 })), []);
  });

  it('is an address on the NIC itself, whatever arp_ignore says, in both families', () => {
    const on = (address: string, cidr: string) => ({
      interfaces: { eth0: [...eth0, { address, cidr }] },
      arpIgnore: 1,
    });
    assert.deepEqual(reasons({}, network(on('192.0.2.100', '192.0.2.100/32'))), ['AddressOnNode']);
    const v6 = network(on('2001:db8::100', '2001:db8::100/128'));
    assert.deepEqual(reasons({ addresses: ['2001:db8::100'] }, v6), ['AddressOnNode']);
  });

  it('are addresses outside the subnets of the NIC: allowed, and told by the leader alone', () => {
    const addresses = ['192.0.2.100', '198.51.100.1', '2001:db8:1::1'];
    const [finding] = findingsOf({ ...group, addresses }, network());
    assert.equal(finding?.type, 'OutsideSubnet');
    assert.match(finding.message, /^198\.51\.100\.1 and 1 more are in no subnet of eth0: .*route/);
    assert.deepEqual(reasons({ addresses, leads: false }, network()), []);
  });
});

for (const protocol of ['layer2', 'vip'] as const)
  describe(`what does not belong into a ${protocol} group`, () => {
    const eth1 = [
      { address: '198.51.100.9', cidr: '198.51.100.9/24' },
      { address: '203.0.113.1', cidr: '203.0.113.1/32' },
    ];
    const twoNics = network({
      interfaces: { lo: [], eth0: [...eth0, { address: '198.51.100.1', cidr: '198.51.100.1/32' }], eth1 },
    });
    const found = (o: Partial<Neighborhood>, n = twoNics) =>
      findingsOf({ ...group, protocol, ...o }, n).find(({ type }) => type === 'OutsideSubnet');

    it('are addresses in the subnet of another NIC, also once they are on this one', () => {
      const finding = found({ addresses: ['192.0.2.100', '198.51.100.1', '198.51.100.2'] });
      assert.equal(finding?.reason, 'OtherInterface');
      assert.match(finding.message, /^198\.51\.100\.1 and 1 more are in the subnet of eth1, and the group is on eth0/);
    });

    it('are none of its own subnet, nor those that are no subnet’s but an address’s alone, nor where this node does not lead', () => {
      assert.equal(found({ addresses: ['192.0.2.100'] }), undefined);
      assert.notEqual(found({ addresses: ['203.0.113.1'] })?.reason, 'OtherInterface');
      assert.equal(found({ addresses: ['198.51.100.1'], leads: false }), undefined);
    });
  });

describe('what is in the way of a vip group', () => {
  const vip: Partial<Neighborhood> = { protocol: 'vip' };
  const left = (cidr: string) => network({ interfaces: { eth0: [...eth0, { address: cidr.split('/')[0]!, cidr }] } });
  const messageOf = (g: Partial<Neighborhood>, n: LocalNetwork) =>
    findingsOf({ ...group, ...vip, ...g }, n)[0]?.message;

  it('is nothing on its leader, which has the addresses, nor on a node that has none, in whatever subnet they are', () => {
    assert.deepEqual(reasons(vip, left('192.0.2.100/32')), []);
    assert.deepEqual(reasons({ ...vip, leads: false, addresses: ['198.51.100.1'] }, network()), []);
  });

  for (const [address, cidr] of [
    ['192.0.2.100', '192.0.2.100/32'],
    ['2001:db8::100', '2001:db8::100/128'],
  ] as const)
    it(`is ${cidr} on the NIC of another node, with the command that takes it off`, () => {
      const message = messageOf({ leads: false, addresses: [address] }, left(cidr));
      assert.match(message!, new RegExp(`^${address} is on eth0, .*ip address del ${cidr} dev eth0`));
    });

  it('is an address with a subnet on another node, which may be its own: nobody is told to take that off unseen', () => {
    const message = messageOf({ leads: false }, left('192.0.2.100/24'));
    assert.match(
      message!,
      /if it is the node's own, leave it out of the Eip .*; else take it off \(ip address del 192/,
    );
  });

  it('is kube-ipvs0 without strictARP on another node', () => {
    const n = network({ devices: ['eth0', 'kube-ipvs0'] });
    assert.deepEqual(reasons({ ...vip, leads: false }, n), ['StrictArpOff']);
    assert.deepEqual(reasons(vip, n), []);
  });
});

describe('a leader whose kernel is to answer and does not', () => {
  const vip: Partial<Neighborhood> = { protocol: 'vip' };
  const silent = (g: Partial<Neighborhood>, n: LocalNetwork) =>
    findingsOf({ ...group, ...vip, ...g }, n).filter(({ type }) => type === 'KernelSilent');

  it('has arp_ignore 8, for IPv4 addresses only, with the settings to change', () => {
    const [finding, ...more] = silent({}, network({ arpIgnore: 8 }));
    assert.deepEqual([finding?.reason, more], ['ArpIgnored', []]);
    assert.match(
      finding!.message,
      /192\.0\.2\.100.*all\.arp_ignore, and net\.ipv4\.conf\.eth0\.arp_ignore, to 0 or 1$/,
    );
    assert.deepEqual(silent({ addresses: ['2001:db8::100'] }, network({ arpIgnore: 8 })), []);
  });

  it('has arp_ignore 2 and addresses in no subnet of the NIC', () => {
    const n = network({ arpIgnore: 2 });
    assert.deepEqual(silent({}, n), []);
    const [finding] = silent({ addresses: ['192.0.2.100', '198.51.100.1', '198.51.100.2'] }, n);
    assert.match(finding!.message, /198\.51\.100\.1 and 1 more/);
  });

  it('has arp_ignore 2 and a virtual MAC, whose interface has no subnet; what the NIC has for itself is no matter then', () => {
    const ignoring = (all: number, eth0: number): LocalNetwork =>
      network({ setting: (_, of) => (of === undefined ? all : Math.max(all, eth0)) });
    assert.deepEqual(silent({ virtualMac: true }, ignoring(0, 8)), []);
    assert.equal(silent({ virtualMac: true }, ignoring(2, 0))[0]?.reason, 'ArpIgnored');
  });

  it('has addresses on an interface and no route of type local for them, as when somebody deleted it', () => {
    const interfaces = { eth0: [...eth0, { address: '192.0.2.100', cidr: '192.0.2.100/32' }] };
    const ipv4 = new Set(['192.0.2.11']);
    const [finding, ...more] = silent({}, network({ interfaces, ipv4 }));
    assert.deepEqual([finding?.reason, more], ['NoLocalRoute', []]);
    assert.match(finding!.message, /'local 192\.0\.2\.100'.*: ip address del 192\.0\.2\.100\/32 dev eth0,/);
    assert.deepEqual(silent({}, network({ interfaces })), []);
    assert.deepEqual(silent({}, network()), [], 'it is not on the NIC either: the agent puts it there');
    assert.deepEqual(silent({ leads: false }, network({ interfaces, ipv4 })), []);
    assert.deepEqual(silent({ addresses: ['2001:db8::11'] }, network()), []);
  });

  for (const arpIgnore of [0, 1, 3, 4])
    it(`has not arp_ignore ${arpIgnore}`, () => {
      assert.deepEqual(silent({ addresses: ['192.0.2.100', '198.51.100.1'] }, network({ arpIgnore })), []);
    });

  for (const protocol of ['vip', 'layer2'] as const)
    it(`has a NIC with ARP off, in mode ${protocol}, for both families, before anything that arp_ignore is`, () => {
      const n = network({ hasArpOff: (name) => name === 'eth0', arpIgnore: 8 });
      for (const address of ['192.0.2.100', '2001:db8::100']) {
        const [finding, ...more] = silent({ protocol, addresses: [address] }, n);
        assert.deepEqual([finding?.reason, more], ['ArpOff', []]);
        assert.match(finding!.message, /ip link set eth0 arp on$/);
      }
      assert.deepEqual(silent({ protocol, leads: false }, n), []);
    });
});

describe('what the kernel says of an interface', () => {
  const files: Record<string, string> = {
    '/sys/class/net/eth0/flags': '0x1083\n',
    '/sys/class/net/eth1/flags': '0x1003\n',
    '/proc/sys/net/ipv4/conf/all/arp_ignore': '1\n',
    '/proc/sys/net/ipv4/conf/eth0/arp_ignore': '8\n',
  };
  const read = readLocalNetwork((path) => files[path] ?? assert.fail(path));

  it('is that it has no ARP by one of its flags', () => {
    assert.deepEqual(['eth0', 'eth1', 'gone'].map(read.hasArpOff), [true, false, false]);
  });

  it('is the greater of its own settings and those of all', () => {
    assert.deepEqual(
      ['eth0', 'eth1', undefined].map((of) => read.setting('arp_ignore', of)),
      [8, 1, 1],
    );
  });
});

describe('the kernel’s own IPv4 addresses', () => {
  it('are the leaves of fib_trie with a local host route, not networks or broadcasts', () => {
    const trie = [
      'Local:',
      '     +-- 192.0.2.0/24 2 0 2',
      '        |-- 192.0.2.0',
      '           /24 link UNICAST',
      '        |-- 192.0.2.2',
      '           /32 host LOCAL',
      '        |-- 192.0.2.255',
      '           /32 link BROADCAST',
    ].join('\n');
    assert.deepEqual([...localIpv4(trie)], ['192.0.2.2']);
  });
});
