import assert from 'node:assert/strict';
import { parseNetwork } from '../../../../src/api/agent-network.js';
import { lanOf } from '../../../../src/controller/groups/lans.js';
import { formatRange } from '../../../../src/core/ip/range.js';
import { mayBeOne } from '../../../../src/core/placement/lan.js';

const told: Record<string, string | undefined> = {
  a1: '{"eth0":["10.1.0.0/16"],"eth1":["10.9.0.0/24"]}',
  a2: '{"eth0":["10.1.0.0/16"],"eth1":["10.9.0.0/24"]}',
  b1: '{"eth0":["10.2.0.0/16"],"eth1":["10.9.0.0/24"]}',
  both: '{"eth0":["10.1.0.0/16","10.2.0.0/16"]}',
  wide: '{"eth0":["10.0.0.0/8"]}',
  other: '{"ens3":["10.1.0.0/16"]}',
  nested: '{"eth0":["10.0.0.0/8"],"eth1":["10.1.0.0/16","192.0.2.0/24"],"eth2":["10.1.0.0/12"]}',
};
const agents = {
  network: (node: string) => {
    if (node === 'old') return 'untold' as const;
    const text = told[node];
    return text === undefined ? undefined : parseNetwork(`{"nics":${text}}`);
  },
};
const lan = (choice: string, ...nodes: string[]) => lanOf(choice, nodes, agents);

describe('the LAN of an Eip', () => {
  it('is the subnets of its NIC on its nodes', () => {
    assert.deepEqual(lan('eth0', 'a1', 'b1')!.map(formatRange), ['10.1.0.0-10.2.255.255']);
    assert.deepEqual(lan('eth1', 'a1', 'b1')!.map(formatRange), ['10.9.0.0/24']);
  });

  it('is that of the NIC whose subnet has the address that can_reach names', () => {
    assert.deepEqual(lan('can_reach:10.9.0.7', 'a1', 'b1')!.map(formatRange), ['10.9.0.0/24']);
    assert.equal(lan('can_reach:198.51.100.1', 'a1'), undefined, 'the NIC of the default route is not known');
  });

  it('is that of the smallest subnet where several have the address, as nodes choose', () => {
    for (const choice of ['can_reach', 'subnet_of'])
      assert.deepEqual(lan(`${choice}:10.1.0.7`, 'nested')!.map(formatRange), ['10.1.0.0/16', '192.0.2.0/24']);
  });

  it('is not known while a node with an agent does not say what it has there', () => {
    assert.equal(lan('eth0', 'a1', 'old'), undefined);
    assert.equal(lan('eth0', 'a1', 'other'), undefined);
    assert.equal(lan('eth0'), undefined);
  });

  it('does not depend on nodes that never had an agent: they send nothing', () => {
    assert.deepEqual(lan('eth0', 'a1', 'new')!.map(formatRange), ['10.1.0.0/16']);
    assert.equal(lan('eth0', 'new'), undefined);
  });
});

describe('two LANs', () => {
  it('are different only where no subnet of one overlaps one of the other', () => {
    assert.equal(mayBeOne(lan('eth0', 'a1', 'a2'), lan('eth0', 'b1')), false);
    assert.equal(mayBeOne(lan('eth0', 'a1'), lan('eth1', 'a1')), false);
    assert.equal(mayBeOne(lan('eth0', 'a1'), lan('eth0', 'both')), true);
    assert.equal(mayBeOne(lan('eth0', 'a1'), lan('eth0', 'wide')), true);
    assert.equal(mayBeOne(lan('eth1', 'a1'), lan('eth1', 'b1')), true);
  });

  it('may be one where either is not known', () => {
    assert.equal(mayBeOne(lan('eth0', 'a1'), undefined), true);
    assert.equal(mayBeOne(undefined, undefined), true);
  });

  it('are no more apart for what one node alone claims', () => {
    told.liar = '{"eth0":["203.0.113.0/24"]}';
    assert.equal(mayBeOne(lan('eth0', 'a1', 'liar'), lan('eth0', 'a2')), true);
  });
});
