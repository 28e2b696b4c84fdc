import assert from 'node:assert/strict';
import { readOwnNics } from '../../../../src/agent/bgp/own-nics.js';
import { formatIp } from '../../../../src/core/ip/address.js';

it("a node's own NICs are those that others can reach, its addresses all, virtual ones marked", () => {
  const { names, addresses } = readOwnNics(() => ({
    lo: [{ address: '127.0.0.1', internal: true, cidr: '127.0.0.1/8' }],
    eth0: [
      { address: '192.0.2.11', internal: false, cidr: '192.0.2.11/24' },
      { address: '192.0.2.100', internal: false, cidr: '192.0.2.100/32' },
      { address: '2001:db8::100', internal: false, cidr: '2001:db8::100/128' },
    ],
  }));
  assert.deepEqual(names, ['eth0']);
  assert.deepEqual(
    addresses.map(({ interface: nic, address, alone }) => [nic, formatIp(address), alone]),
    [
      ['lo', '127.0.0.1', false],
      ['eth0', '192.0.2.11', false],
      ['eth0', '192.0.2.100', true],
      ['eth0', '2001:db8::100', true],
    ],
  );
});
