import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { eventually } from '../lab/eventually.js';
import type { Node } from '../lab/node.js';
import { type Prober, startProber } from '../lab/prober.js';
import { lengthOf, outageOf, type Silence } from '../lab/silence.js';
import { loadBalancer, type Stack, startStack, vipPool } from '../lab/stack.js';

/** The heir's priority, which its skew time comes from (RFC 9568 section 6.1). */
const heirPriority = 234;

describe('failing over', function () {
  this.timeout(180_000);
  let stack: Stack;
  let vip: string;
  before(async () => {
    stack = await startStack(`e2efail${process.pid}`);
    await stack.apply(vipPool(), loadBalancer('web'));
    vip = await stack.addressOf('web');
  });
  after(() => stack?.lab.close());
  afterEach(function () {
    if (this.currentTest?.state === 'failed') printLogs(stack);
  });

  for (const intervalMs of [250, 100, 10]) {
    it(`a cut cable silences the VIP for at most 1.1 x (3 x ${intervalMs} ms + skew)`, async () => {
      await useInterval(intervalMs);
      const { outage, before, after } = await during(async (leader, prober) => {
        await leader.host.cable.cut();
        await answeredByAnother(prober, leader);
      });
      assert.notEqual(after, before);
      const bound = 1.1 * (3 * intervalMs + ((256 - heirPriority) / 256) * intervalMs) * 1000;
      assert.ok(outage !== undefined && lengthOf(outage) <= bound, `${describeOutage(outage)}; allowed ${bound} us`);
    });
  }

  it('a healed cable does not move the VIP back, nor disturb it', async () => {
    await useInterval(250);
    const leader = await stack.holderOf(vip);
    await leader.host.cable.cut();
    const heir = await stack.holderOf(vip, { not: leader.name });
    const { outage } = await during(async () => {
      await leader.host.cable.heal();
      await wait(3000); // twelve adverts: time enough to preempt
    });
    assert.equal(outage, undefined, describeOutage(outage));
    assert.equal((await stack.holderOf(vip)).name, heir.name);
  });

  it('SIGTERM to the leader loses no probe of a thousand a second', async () => {
    const { outage, before, after } = await during(async (leader, prober) => {
      leader.agent().signal('SIGTERM');
      await answeredByAnother(prober, leader);
      assert.equal(await leader.agent().exited, 0);
      assert.ok(!(await leader.host.addresses()).includes(vip), `${leader.name} still has ${vip}`);
    });
    assert.equal(outage, undefined, describeOutage(outage));
    assert.notEqual(after, before);
    nodeNamed(before).startAgent();
  });

  it('SIGKILL to the leader: the kernel takes the VIP off its NIC within 3 s and the heir serves within the bound', async () => {
    const { outage, before, after } = await during(async (leader, prober) => {
      const killedAt = performance.now();
      leader.agent().signal('SIGKILL');
      await eventually(`${vip} gone from ${leader.name}`, async () => !(await leader.host.addresses()).includes(vip), {
        withinMs: 5000,
      });
      const goneAfter = performance.now() - killedAt;
      assert.ok(goneAfter <= 3000, `gone after ${goneAfter.toFixed(0)} ms`);
      await answeredByAnother(prober, leader);
    });
    assert.notEqual(after, before);
    if (outage !== undefined) assert.ok(lengthOf(outage) <= 1.1 * 840_000, describeOutage(outage));
    nodeNamed(before).startAgent();
  });

  it('a stopped leader that wakes up does not take the VIP back from its heir', async () => {
    const leader = await stack.holderOf(vip);
    leader.agent().signal('SIGSTOP');
    const heir = await stack.holderOf(vip, { not: leader.name });
    const { outage } = await during(async () => {
      leader.agent().signal('SIGCONT');
      await wait(2000);
    });
    assert.equal(outage, undefined, describeOutage(outage));
    assert.equal((await stack.holderOf(vip)).name, heir.name);
    assert.ok(!(await leader.host.addresses()).includes(vip), `${leader.name} still has ${vip}`);
  });

  /** Runs `fault` on the leader while the client asks a thousand times a second; what the client saw, and who led. */
  async function during(fault: (leader: Node, prober: Prober) => Promise<void>) {
    await everybodyIsBack();
    const leader = await stack.holderOf(vip);
    const prober = startProber(stack.client, vip);
    try {
      await prober.answered();
      await wait(300);
      await fault(leader, prober);
      await wait(500); // a second silence would show
    } finally {
      await prober.stop();
    }
    return { outage: outageOf(prober.probes()), before: leader.name, after: prober.lastAnswerBy() };
  }

  /** Every cable healed and every node taking part, so that each fault meets a whole group. */
  async function everybodyIsBack(): Promise<void> {
    for (const node of stack.nodes) {
      await node.host.cable.heal();
      if (!node.agent().running()) node.startAgent();
    }
    await eventually('every member Active or Backup, and one Active', async () => {
      const states = (await stack.groupOf(vip)).status?.members?.map(({ state }) => state) ?? [];
      return (
        states.length === stack.nodes.length &&
        states.filter((state) => state === 'Active').length === 1 &&
        states.filter((state) => state === 'Backup').length === stack.nodes.length - 1
      );
    });
  }

  async function useInterval(ms: number): Promise<void> {
    await stack.apply(vipPool({ interval: `${ms}ms` }));
    await eventually(`the group at ${ms} ms`, async () => {
      const group = await stack.groupOf(vip);
      return group.spec.vrrp?.advertisementInterval === `${ms}ms`;
    });
    await wait(1000); // the agents learn of it over the network
  }

  function nodeNamed(name: string): Node {
    return stack.nodes.find((node) => node.name === name)!;
  }
});

async function answeredByAnother(prober: Prober, leader: Node): Promise<void> {
  await eventually(`an answer from another node than ${leader.name}`, async () => {
    return (await prober.answered()).by !== leader.name;
  });
}

function describeOutage(outage: Silence | undefined): string {
  if (outage === undefined) return 'no probe was lost';
  return `silent for ${lengthOf(outage)} us, ${outage.lost} probes lost, from ${outage.before} to ${outage.after}`;
}

function printLogs(stack: Stack | undefined): void {
  for (const program of stack ? [stack.controller(), ...stack.nodes.map((node) => node.agent())] : []) {
    console.log(`--- ${program.title}\n${program.log().split('\n').slice(-30).join('\n')}`);
  }
}
