import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { askNode } from '../lab/election.js';
import { eventually } from '../lab/eventually.js';
import { startProber } from '../lab/prober.js';
import { outageOf, silencesOf } from '../lab/silence.js';
import { loadBalancer, type Stack, startStack, vipPool } from '../lab/stack.js';

const services = ['web', 'mail', 'db'];

describe('restarting a part of the product', function () {
  this.timeout(180_000);
  let stack: Stack;
  let addresses: readonly string[];

  before(async () => {
    stack = await startStack(`e2erestart${process.pid}`);
    await stack.apply(vipPool({ groups: 1 }), ...services.map((name) => loadBalancer(name)));
    addresses = await Promise.all(services.map((name) => stack.addressOf(name)));
    for (const address of addresses) await stack.holderOf(address);
    await stack.settled();
  });
  after(() => stack?.lab.close());

  it('the controller: no address changes, no VIP moves, no probe is lost', () =>
    undisturbed(async () => {
      stack.controller().signal('SIGTERM');
      assert.equal(await stack.controller().exited, 0);
      stack.startController();
      await wait(3000);
    }));

  it('the controller, killed: no address changes, no VIP moves, no probe is lost', () =>
    undisturbed(async () => {
      stack.controller().signal('SIGKILL');
      await stack.controller().exited;
      stack.startController();
      await wait(3000);
    }));

  it('the API server: no address changes, no VIP moves, no probe is lost', () =>
    undisturbed(async () => {
      await stack.api.restart(3000);
      await wait(3000);
    }));

  for (const [when, isAway] of [
    ['while the controller runs', false],
    ['while no controller runs', true],
  ] as const)
    it(`VipGroups that somebody deletes ${when}: no address changes, no probe is lost`, async () => {
      const given = await givenAddresses();
      const prober = startProber(stack.client, addresses[0]!);
      await prober.answered();
      if (isAway) {
        stack.controller().signal('SIGTERM');
        await stack.controller().exited;
      }
      await stack.api.kubectl(['delete', 'vipgroups', '--all', '--wait=false']);
      if (isAway) {
        await wait(2_000);
        stack.startController();
      }
      for (const address of addresses)
        await eventually(
          `a group anew for ${address}, with a holder`,
          async () => (await stack.groupOf(address).catch(() => undefined))?.status?.holder !== undefined,
          { withinMs: 20_000 },
        );
      await stack.settled();
      const outage = outageOf(await prober.stop());
      assert.equal(outage, undefined, `lost: ${JSON.stringify(outage)}`);
      assert.deepEqual(await givenAddresses(), given);
    });

  it('an agent that leads nothing: no address changes, no VIP moves, no probe is lost', async () => {
    const leader = await stack.holderOf(addresses[0]!);
    const idle = stack.nodes.find((node) => node !== leader)!;
    await undisturbed(async () => {
      idle.agent().signal('SIGTERM');
      assert.equal(await idle.agent().exited, 0);
      idle.startAgent();
      await wait(3000);
    });
  });

  it('every agent, one after the other, as a DaemonSet rolls them: no probe is lost', async () => {
    const probers = addresses.map((address) => startProber(stack.client, address));
    for (const prober of probers) await prober.answered();
    for (const node of stack.nodes) {
      node.agent().signal('SIGTERM');
      assert.equal(await node.agent().exited, 0);
      node.startAgent();
      await eventually(`${node.name} standing by`, async () => {
        const { members } = await askNode(node);
        return members.length > 0 && members.every(({ state }) => state === 'Backup' || state === 'Active');
      });
    }
    for (const prober of probers) assert.deepEqual(silencesOf(await prober.stop()), []);
  });

  it('an agent while the API server is away: it leads again from its checkpoint', async () => {
    const address = addresses[0]!;
    const leader = await stack.holderOf(address);
    const others = stack.nodes.filter((node) => node !== leader);
    for (const node of others) node.agent().signal('SIGTERM');
    for (const node of others) await node.agent().exited;
    const restarting = stack.api.restart(8_000);
    await wait(1000); // the server is on its way down
    leader.agent().signal('SIGTERM');
    await leader.agent().exited;
    leader.startAgent();
    const prober = startProber(stack.client, address);
    assert.equal((await prober.answered(10_000)).by, leader.name);
    assert.match(leader.agent().log(), /starting from the checkpoint/);
    await prober.stop();
    await restarting;
    for (const node of others) node.startAgent();
  });

  const givenAddresses = () => Promise.all(services.map((name) => stack.addressOf(name)));

  async function undisturbed(what: () => Promise<void>): Promise<void> {
    const before = await view();
    const prober = startProber(stack.client, addresses[0]!);
    await prober.answered();
    await what();
    const outage = outageOf(await prober.stop());
    assert.equal(outage, undefined, `lost: ${JSON.stringify(outage)}`);
    assert.deepEqual(await view(), before);
  }

  /** Who has which address, and since when, as the API server says and as the NICs have it. */
  async function view() {
    const onNics = await Promise.all(
      stack.nodes.map(async (node) => [node.name, (await node.host.addresses()).toSorted()]),
    );
    const groups = await Promise.all(
      addresses.map(async (address) => {
        const { status } = await stack.groupOf(address);
        return [address, status?.holder, status?.since, status?.transitions];
      }),
    );
    return { services: await givenAddresses(), groups, onNics };
  }
});
