import assert from 'node:assert/strict';
import { createInventory } from '../../../../src/agent/engine/inventory.js';
import type { InterfaceAddress, Link } from '../../../../src/platform/linux/rtnetlink.js';

const link = (index: number): Link => ({
  index,
  name: `eth${index}`,
  up: true,
  running: true,
  mac: Uint8Array.of(2, 0, 0, 0, 0, index),
  mtu: 1500,
  loopback: false,
});
const address = (interfaceIndex: number, last: number): InterfaceAddress => ({
  interfaceIndex,
  address: Uint8Array.of(192, 0, 2, last),
  prefixLength: 24,
  scope: 0,
  flags: 0x80,
  ours: false,
  lifetimeSeconds: Number.POSITIVE_INFINITY,
});

describe('what is known of interfaces and addresses', () => {
  /** What the kernel lists, and whether others change it meanwhile. */
  const kernel = { links: [] as Link[], addresses: [] as InterfaceAddress[], restless: false };
  const make = () =>
    createInventory({
      links: () => kernel.links,
      addresses: (_index, interrupted) => {
        if (kernel.restless) interrupted?.();
        return kernel.addresses;
      },
    });
  const known = (inventory: ReturnType<typeof make>, index: number) =>
    inventory.addresses(index).map(({ address: bytes }) => bytes[3]);

  beforeEach(() => {
    Object.assign(kernel, { links: [link(1), link(2)], addresses: [address(1, 10), address(1, 11)], restless: false });
  });

  it('is what the kernel lists, in its order', () => {
    const inventory = make();
    assert.equal(inventory.refresh(), true);
    assert.deepEqual(known(inventory, 1), [10, 11]);
    kernel.addresses = [address(1, 11)];
    assert.equal(inventory.refresh(), true);
    assert.deepEqual(known(inventory, 1), [11]);
  });

  it('keeps what it had when a list was interrupted, since that may lack what is there all the same', () => {
    const inventory = make();
    inventory.refresh();
    Object.assign(kernel, { links: [link(2)], addresses: [address(1, 12)], restless: true });
    assert.equal(inventory.refresh(), false);
    assert.deepEqual(known(inventory, 1), [10, 11, 12]);
    assert.equal(inventory.link(1)?.name, 'eth1');
    inventory.apply({ type: 'address', removed: true, address: address(1, 10) });
    assert.deepEqual(known(inventory, 1), [11, 12], 'what follows says what is gone');
    Object.assign(kernel, { links: [link(1), link(2)], restless: false });
    assert.equal(inventory.refresh(), true);
    assert.deepEqual(known(inventory, 1), [12]);
  });

  it('has an address once, however often it is told of', () => {
    const inventory = make();
    inventory.refresh();
    const again = { ...address(1, 10), flags: 0x40 };
    assert.equal(inventory.apply({ type: 'address', removed: false, address: again }), true, 'it is tentative now');
    assert.equal(inventory.apply({ type: 'address', removed: false, address: again }), false);
    assert.deepEqual(known(inventory, 1), [10, 11]);
    assert.equal(inventory.apply({ type: 'address', removed: true, address: address(1, 13) }), false);
  });

  it('has the subnets among the addresses, as they come and go with these and their interfaces', () => {
    const single = { ...address(2, 20), prefixLength: 32 };
    kernel.addresses = [
      address(1, 10),
      single,
      { ...address(1, 11), ours: true },
      { ...address(2, 21), prefixLength: 0 },
    ];
    const inventory = make();
    const around = Uint8Array.of(192, 0, 2, 200);
    const subnets = () => [...inventory.subnetsAround(around)].map(({ address: bytes }) => bytes[3]);
    inventory.refresh();
    assert.deepEqual(subnets(), [10]);
    inventory.apply({ type: 'address', removed: false, address: address(2, 22) });
    assert.deepEqual(subnets(), [10, 22]);
    inventory.apply({ type: 'address', removed: true, address: address(1, 10) });
    assert.deepEqual(subnets(), [22]);
    inventory.apply({ type: 'link', removed: true, link: link(2) });
    assert.deepEqual(subnets(), []);
    kernel.addresses = [address(1, 12)];
    inventory.refresh();
    assert.deepEqual(subnets(), [12]);
  });
});
