import assert from 'node:assert/strict';
import { addressKey } from '../../../../../src/agent/engine/address-key.js';
import { chooseNic } from '../../../../../src/agent/engine/election/nic-choice.js';
import { newSurvey } from '../../../../../src/agent/engine/election/survey.js';
import { createInventory } from '../../../../../src/agent/engine/inventory.js';
import type { InterfaceChoice } from '../../../../../src/agent/engine/messages.js';
import { reasonsText } from '../../../../../src/agent/engine/reasons.js';
import { formatIp, ipFromBytes, ipToBytes, parseIp } from '../../../../../src/core/ip/address.js';

const bytes = (text: string) => ipToBytes(parseIp(text)!);
const link = (index: number, name: string, macLength = 6) => ({
  index,
  name,
  mac: new Uint8Array(macLength),
  up: true,
  running: true,
  mtu: 1500,
});
const address = (interfaceIndex: number, cidr: string, ours = false) => {
  const [text = '', length] = cidr.split('/');
  const scope = text.startsWith('fe80') ? 253 : 0;
  return {
    interfaceIndex,
    address: bytes(text),
    prefixLength: Number(length),
    ours,
    scope,
    flags: 0x80,
    lifetimeSeconds: 0,
  };
};

/** A node with two NICs, a bridge of Pods and a tunnel. */
const links = [link(1, 'lo'), link(2, 'eth10'), link(3, 'eth2'), link(4, 'cni0'), link(5, 'tun0', 0), link(6, 'eth3')];
const addresses = [
  address(1, '127.0.0.1/8'),
  address(2, '198.51.100.11/24'),
  address(2, 'fe80::2/64'),
  address(2, '2001:db8:1::11/64'),
  address(3, '203.0.113.11/24'),
  address(3, 'fe80::3/64'),
  address(2, '203.0.113.77/32', true),
  address(4, '10.244.0.1/16'),
  address(5, '192.0.2.5/24'),
];
const routes: Readonly<Record<string, number>> = { '240.0.0.1': 3, '4000::1': 2, '192.0.2.1': 2 };

describe('the NIC of a group', () => {
  const inventory = createInventory({ links: () => links, addresses: () => addresses } as never);
  inventory.refresh();
  const on = (choice: InterfaceChoice, family: 4 | 6 = 4, routesThere = routes) => {
    const routeTo = (target: Uint8Array) => routesThere[formatIp(ipFromBytes(target))];
    const place = chooseNic(
      { interface: choice, family, source: undefined },
      newSurvey({ inventory, routeTo, virtual: new Set() }),
    );
    return place.ok ? `${place.link.name} ${formatIp(ipFromBytes(place.source))}` : reasonsText(place.reasons);
  };
  const near = (text: string) => ({ subnetOf: bytes(text) });

  for (const [claim, choice, expected] of [
    ['is the one of a name', { name: 'eth2' }, 'eth2 203.0.113.11'],
    ['is the first of a list that is there', { names: ['bond0', 'eth2', 'eth10'] }, 'eth2 203.0.113.11'],
    [
      'is the first of a pattern that has an address, in the order of numbers',
      { names: ['eth*'] },
      'eth2 203.0.113.11',
    ],
    ['is of a list before its patterns', { names: ['eth10', 'eth*'] }, 'eth10 198.51.100.11'],
    ['matches a pattern as a whole', { names: ['th*', '*0'] }, 'cni0 10.244.0.1'],
    [
      'takes nothing but * for a pattern',
      { names: ['eth.', 'e[t]h2'] },
      'there is no interface eth. or e[t]h2 on this node',
    ],
    ['is that of the subnet', near('198.51.100.200'), 'eth10 198.51.100.11'],
    ['is that of the default route for an address in no subnet', near('192.168.7.7'), 'eth2 203.0.113.11'],
    ['is not where the address is held already', near('203.0.113.77'), 'eth2 203.0.113.11'],
    ['is never a tunnel, though its subnet holds the address', near('192.0.2.1'), 'eth2 203.0.113.11'],
    ['is that of the route', { canReach: bytes('192.0.2.1') }, 'eth10 198.51.100.11'],
  ] as const) {
    it(claim, () => assert.equal(on(choice), expected));
  }

  it('is found for IPv6 as well', () => {
    assert.equal(on(near('2001:db8:1::5'), 6), 'eth10 fe80::2');
    assert.equal(on(near('2001:db8:9::5'), 6), 'eth10 fe80::2');
  });

  it('is none without subnet and default route, which is said', () =>
    assert.equal(
      on(near('192.168.7.7'), 4, {}),
      'no interface of this node is in the subnet of 192.168.7.7, and there is no default route',
    ));

  it('asks the kernel once for a route that many groups ask for, until something changes', () => {
    const asked: string[] = [];
    const routeTo = (target: Uint8Array) => {
      asked.push(formatIp(ipFromBytes(target)));
      return undefined;
    };
    for (let change = 1; change <= 2; change++) {
      const survey = newSurvey({ inventory, routeTo, virtual: new Set() });
      for (const target of ['192.168.7.7', '192.168.8.8', '2001:db8:9::5'])
        chooseNic({ interface: near(target), family: 4, source: undefined }, survey);
      assert.deepEqual(asked.splice(0), ['240.0.0.1', '4000::1']);
    }
  });

  describe('without an IPv4 address', () => {
    const unnumbered = (o: { source?: string; named?: string; virtual?: readonly string[] }) => {
      const port = { ...link(7, 'eth4'), masterIndex: 4 };
      const own = [...addresses, address(1, '192.0.2.11/32'), address(2, '192.0.2.99/32', true)];
      const there = createInventory({ links: () => [...links, port], addresses: () => own } as never);
      there.refresh();
      const virtual = new Set((o.virtual ?? []).map((text) => addressKey(bytes(text))));
      const config = {
        interface: { name: o.named ?? 'eth3' },
        family: 4 as const,
        source: o.source && bytes(o.source),
      };
      const place = chooseNic(
        { ...config, source: config.source || undefined },
        newSurvey({ inventory: there, routeTo: () => undefined, virtual }),
      );
      return place.ok ? `${place.link.name} ${formatIp(ipFromBytes(place.source))}` : reasonsText(place.reasons);
    };
    const none = 'has no IPv4 address for adverts to come from: give it one, or the group another interface';

    it('is none, which is said with the remedy', () => assert.equal(unnumbered({}), `eth3 ${none}`));

    it('has the configured one where another interface of this node has that', () =>
      assert.equal(unnumbered({ source: '192.0.2.11' }), 'eth3 192.0.2.11'));

    for (const [claim, o, nic] of [
      ['has no configured one that the node has not', { source: '192.0.2.12' }, 'eth3'],
      ['has none that is held as a virtual address', { source: '192.0.2.99' }, 'eth3'],
      ['has none that a group answers for', { source: '192.0.2.11', virtual: ['192.0.2.11'] }, 'eth3'],
      ['has none as the port of a bridge', { source: '10.244.0.1', named: 'eth4' }, 'eth4'],
    ] as const)
      it(claim, () => assert.equal(unnumbered(o), `${nic} ${none}`));
  });

  it('says of a list which names are not there', () =>
    assert.equal(on({ names: ['bond0', 'en*'] }), 'there is no interface bond0 or en* on this node'));
});
