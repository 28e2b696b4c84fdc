// Addresses of a pool that somebody on the LAN has already: nodes, and hosts that nobody knows of.
import assert from 'node:assert/strict';
import type { Eip } from '../../src/api/eip.js';
import { eventually } from '../lab/eventually.js';
import { macsThatAnswerFor } from '../lab/macs-that-answer.js';
import { onNics, shownOf } from '../lab/shown.js';
import { loadBalancer, type Stack, startStack, vipPool } from '../lab/stack.js';

describe('a pool in which others have addresses', function () {
  this.timeout(180_000);
  let stack: Stack;
  /** What was shown last. */
  let seen = '';

  before(async () => {
    stack = await startStack(`e2eclaims${process.pid}`);
  });
  after(() => stack?.lab.close());

  const eip = async () => JSON.parse(await stack.api.kubectl(['get', 'eip', 'pool', '-o', 'json'])) as Eip;
  const restartAgents = async () => {
    for (const node of stack.nodes) node.agent().signal('SIGTERM');
    for (const node of stack.nodes) await node.agent().exited;
    for (const node of stack.nodes) node.startAgent();
  };
  const said = (address: string, service: string) => shownOf(stack, { vip: address, service, eip: 'pool' });
  const heldBySomebody = (address: string) =>
    eventually(`one node with ${address}`, async () => (await onNics(stack.nodes, address)).length === 1, {
      withinMs: 30_000,
      onTimeout: () => stack.nodes.map((node) => node.agent().log().slice(-2_000)).join('\n'),
    });

  it('gives Services none that a node has, or that ends their subnet, and takes no node off the network', async () => {
    await eventually(
      'the agents’ word about their networks',
      async () =>
        (await stack.api.kubectl(['-n', 'openelb-system', 'get', 'leases', '-o', 'json'])).split('openelb.io/network')
          .length > 3,
      { withinMs: 20_000 },
    );
    await stack.apply(
      vipPool({ address: '10.77.0.0,10.77.0.8/29', groups: 1 }),
      loadBalancer('first'),
      loadBalancer('second'),
    );
    const addresses = [await stack.addressOf('first'), await stack.addressOf('second')];
    for (const address of addresses) await heldBySomebody(address);
    const { leftOutAddresses = {}, poolSize } = (await eip()).status ?? {};
    assert.equal(poolSize, 9);
    for (const { name, host } of stack.nodes) {
      assert.equal(leftOutAddresses[host.address], `an address of node ${name}`);
      assert.ok(!addresses.includes(host.address));
      assert.equal((await macsThatAnswerFor(stack.client, host.address)).length, 1);
    }
    assert.match(leftOutAddresses['10.77.0.0'] ?? '', /network address/);
  });

  it('lets go, after a restart of all agents, of an address that another host has, and says held by nobody', async () => {
    const address = await stack.addressOf('first');
    await heldBySomebody(address);
    for (const node of stack.nodes) node.agent().signal('SIGTERM');
    for (const node of stack.nodes) await node.agent().exited;
    await stack.client.run('ip', ['address', 'add', `${address}/24`, 'dev', 'eth0']);
    try {
      for (const node of stack.nodes) node.startAgent();
      await eventually(
        'nobody with it, and nobody named for it',
        async () => {
          const shown = await said(address, 'first');
          seen = shown.text;
          return (
            (await onNics(stack.nodes, address)).length === 0 &&
            shown.onService?.type === 'Warning' &&
            shown.onService.reason === 'AnsweredElsewhere' &&
            shown.announced === 'False'
          );
        },
        { withinMs: 20_000, everyMs: 250, onTimeout: () => seen },
      );
      const other = await stack.addressOf('second');
      await heldBySomebody(other);
      const status = (await stack.groupOf(address)).status;
      assert.deepEqual(
        status?.notHeld?.map((each) => [each.address, each.reason]),
        [[address, 'AnsweredElsewhere']],
      );
    } finally {
      await stack.client.run('ip', ['address', 'del', `${address}/24`, 'dev', 'eth0']);
    }
    await heldBySomebody(address);
    await eventually(
      'it is said to be held again',
      async () => (await said(address, 'first')).onService?.reason === 'Held',
      {
        withinMs: 20_000,
      },
    );
  });

  it('names no holder of a group of which no address is held', async () => {
    await stack.apply({
      apiVersion: 'v1',
      kind: 'Service',
      ...(({ metadata }) => ({ metadata }))(loadBalancer('second') as { metadata: object }),
      spec: { type: 'ClusterIP', ports: [{ port: 80 }] },
    });
    const address = await stack.addressOf('first');
    await heldBySomebody(address);
    await stack.client.run('ip', ['address', 'add', `${address}/24`, 'dev', 'eth0']);
    try {
      await restartAgents();
      await eventually(
        'nobody named',
        async () => {
          const { holders, text } = await said(address, 'first');
          seen = text;
          // Active is what it is in the election, which it leads all the same.
          return Object.entries(holders).every(([place, names]) => / Active$/.test(place) || names.length === 0);
        },
        { withinMs: 20_000, everyMs: 250, onTimeout: () => seen },
      );
    } finally {
      await stack.client.run('ip', ['address', 'del', `${address}/24`, 'dev', 'eth0']);
    }
  });

  it('gives a Service another address when a host has the one that it was given', async () => {
    await stack.client.run('ip', ['address', 'add', '10.77.0.130/24', 'dev', 'eth0']);
    try {
      await stack.apply({ ...vipPool({ address: '10.77.0.130-10.77.0.131', groups: 1 }), metadata: { name: 'spare' } });
      await stack.apply(loadBalancer('spared', { 'eip.openelb.kubesphere.io/v1alpha2': 'spare' }));
      await eventually('another address', async () => (await stack.addressOf('spared')) === '10.77.0.131', {
        withinMs: 20_000,
        onTimeout: () => stack.nodes.map((node) => node.agent().log().slice(-2_000)).join('\n'),
      });
      await heldBySomebody('10.77.0.131');
      assert.deepEqual(await onNics(stack.nodes, '10.77.0.130'), []);
      const events = await stack.api.kubectl(['get', 'events', '-o', 'jsonpath={.items[*].message}']);
      assert.match(events, /10\.77\.0\.130 is answered for by another host .* exchanged for 10\.77\.0\.131/);
      assert.doesNotMatch(events, /10\.77\.0\.130 is held by/);
    } finally {
      await stack.client.run('ip', ['address', 'del', '10.77.0.130/24', 'dev', 'eth0']);
    }
  });

  it('serves an Eip that names no NIC on the one of its subnet', async () => {
    const { spec, metadata, ...rest } = vipPool({ address: '10.77.0.120-10.77.0.122', groups: 1 });
    const { interface: _, ...without } = spec;
    await stack.apply({ ...rest, metadata: { name: 'no-nic' }, spec: without });
    await stack.apply(loadBalancer('anywhere', { 'eip.openelb.kubesphere.io/v1alpha2': 'no-nic' }));
    const address = await stack.addressOf('anywhere');
    await heldBySomebody(address);
    const { status } = await stack.groupOf(address);
    assert.deepEqual([...new Set(status?.members?.map((each) => each.interface))], ['eth0']);
  });
});
