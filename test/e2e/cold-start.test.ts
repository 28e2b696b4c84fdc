import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import type { VipGroup } from '../../src/api/vip-group.js';
import { eventually } from '../lab/eventually.js';
import { startProber } from '../lab/prober.js';
import { outageOf } from '../lab/silence.js';
import { loadBalancer, type Stack, startStack, vipPool } from '../lab/stack.js';

const services = ['web', 'mail', 'db'];

describe('the load from the first second', function () {
  this.timeout(180_000);
  let stack: Stack;

  before(async () => {
    stack = await startStack(`e2ecold${process.pid}`);
  });
  after(() => stack?.lab.close());
  afterEach(function () {
    if (this.currentTest?.state !== 'failed' || stack === undefined) return;
    const logs = [stack.controller(), ...stack.nodes.map((node) => node.agent())].map((each) => each.log());
    console.log(logs.join('\n--\n'));
  });

  const groups = async () =>
    (JSON.parse(await stack.api.kubectl(['get', 'vipgroups', '-o', 'json'])) as { items: VipGroup[] }).items;
  const preferred = ({ spec }: VipGroup) => spec.members.reduce((a, b) => (b.priority > a.priority ? b : a)).node;
  const isHome = (group: VipGroup) => group.status?.holder === preferred(group);

  it('is spread over the nodes although one of them heard of the first Eip before the others', async () => {
    await stack.apply(vipPool({ groups: 3 }));
    await eventually('each group at its preferred leader', async () => {
      const all = await groups();
      return all.length === 3 && all.every(isHome);
    });
    assert.equal(new Set((await groups()).map(({ status }) => status?.holder)).size, 3);
  });

  it('is spread again after a cold start whose agents come seconds apart, and what is answered stays so', async () => {
    await stack.apply(...services.map((name) => loadBalancer(name)));
    const addresses = await Promise.all(services.map((name) => stack.addressOf(name)));
    for (const address of addresses) await stack.holderOf(address);
    for (const node of stack.nodes) {
      node.agent().signal('SIGKILL');
      await node.agent().exited;
    }
    const [first, ...others] = stack.nodes;
    first!.startAgent();
    await eventually('the first one leading everything', async () =>
      (await groups()).every(({ status }) => status?.holder === first!.name && status.reason === 'unopposed'),
    );
    await eventually('its addresses in place', async () => {
      const held = await first!.host.addresses();
      return addresses.every((address) => held.includes(address));
    });
    const probers = addresses.map((address) => startProber(stack.client, address, 1000));
    for (const prober of probers) await prober.answered();
    for (const node of others) {
      await wait(2_000);
      node.startAgent();
    }
    await eventually('each group at its preferred leader', async () => (await groups()).every(isHome), {
      withinMs: 30_000,
      onTimeout: () => stack.controller().log(),
    });
    await wait(1_000);
    for (const prober of probers) assert.equal(outageOf(await prober.stop()), undefined);
    const events = await stack.api.kubectl(['get', 'events', '-A', '-o', 'jsonpath={.items[*].message}']);
    assert.match(events, /groups were brought to their preferred leaders/);
  });
});
