// Nodes on two LANs, and an Eip that names no NIC with a range of each: addresses of both are answered, each on its LAN.
import assert from 'node:assert/strict';
import { openCable } from '../lab/cable.js';
import { answeredByAnother, settledLeader } from '../lab/election.js';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { furnishedLab, type Lab } from '../lab/lab.js';
import type { Node } from '../lab/node.js';
import { type Prober, startProber } from '../lab/prober.js';
import { addSecondNic } from '../lab/second-nic.js';
import { lengthOf, outageOf } from '../lab/silence.js';
import { loadBalancer, type Stack, startStack, vipPool } from '../lab/stack.js';

const here = '10.77.0.100';
const there = '10.88.0.100';

describe('an Eip with ranges of two subnets that names no NIC', function () {
  this.timeout(120_000);
  let stack: Stack;
  let otherLan: Lab;
  /** A client on each LAN. */
  let clients: Readonly<Record<string, Host>>;
  /** The third node has no NIC on the other LAN. */
  let onOther: readonly Node[];

  before(async () => {
    stack = await startStack(`e2enets${process.pid}`);
    onOther = stack.nodes.slice(0, 2);
    const other = await furnishedLab(`e2eneto${process.pid}`, async (lab) => {
      const client = await lab.addHost('client', 200);
      await client.run('ip', ['address', 'add', '10.88.0.200/24', 'dev', 'eth0']);
      for (const [at, { host }] of onOther.entries()) await addSecondNic(host, lab, `10.88.0.${11 + at}/24`);
      return { lab, client };
    });
    otherLan = other.lab;
    clients = { [here]: stack.client, [there]: other.client };
    // As it was while each group was on one NIC, whatever its addresses.
    await stack.apply(pool('eth0'));
    await stack.apply(loadBalancer('here'));
    assert.equal(await stack.addressOf('here'), here);
    await stack.apply(loadBalancer('there', { 'eip.openelb.kubesphere.io/v1alpha1': there }));
    assert.equal(await stack.addressOf('there'), there);
    await stack.holderOf(there);
    await stack.settled();
  });
  after(() => {
    stack?.lab.close();
    otherLan?.close();
  });
  afterEach(function () {
    if (this.currentTest?.state !== 'failed' || stack === undefined) return;
    for (const each of [stack.controller(), ...stack.nodes.map(({ agent }) => agent())])
      console.log(`--- ${each.title}\n${each.log()}`);
  });

  const pool = (nic?: string) => {
    const { spec, ...eip } = vipPool({ address: '10.77.0.100-10.77.0.105,10.88.0.100-10.88.0.105', groups: 1 });
    const { interface: _, ...rest } = spec;
    return { ...eip, spec: { ...rest, ...(nic === undefined ? {} : { interface: nic }) } };
  };
  const probe = async (vip: string): Promise<Prober> => {
    const prober = startProber(clients[vip]!, vip);
    await prober.answered();
    return prober;
  };
  /** By node and NIC, where the kernels have an address. */
  const placesOf = async (vip: string) => {
    const found = await Promise.all(
      stack.nodes.map(async ({ name, host }) => {
        const links = JSON.parse(await host.run('ip', ['-j', 'address', 'show'])) as {
          ifname: string;
          addr_info: { local?: string }[];
        }[];
        const own = links.filter(({ addr_info }) => addr_info.some(({ local }) => local === vip));
        return own.map(({ ifname }) => `${name} ${ifname}`);
      }),
    );
    return found.flat();
  };
  const leaderOf = (vip: string) =>
    settledLeader({ client: clients[vip]!, nodes: vip === there ? onOther : stack.nodes, vip });

  it('has the address of the other subnet go to the NIC of that, and nothing is lost of the one that stays', async () => {
    assert.deepEqual(await placesOf(there), [`${(await stack.holderOf(there)).name} eth0`]);
    const staying = await probe(here);
    await stack.apply(pool());
    const prober = await probe(there);
    await prober.stop();
    assert.equal(outageOf(await staying.stop()), undefined);
    const group = await stack.groupOf(there);
    assert.deepEqual(group.spec.members.map(({ node }) => node).sort(), ['n1', 'n2'], 'who is on that LAN');
    assert.notEqual(group.metadata.name, (await stack.groupOf(here)).metadata.name);
    assert.deepEqual(await placesOf(there), [`${(await leaderOf(there)).name} eth1`]);
    assert.deepEqual(await placesOf(here), [`${(await leaderOf(here)).name} eth0`]);
  });

  it('shows on which NIC the holder of each group is', async () => {
    for (const [vip, nic] of [
      [here, 'eth0'],
      [there, 'eth1'],
    ] as const) {
      const { metadata } = await stack.groupOf(vip);
      const { name } = await stack.holderOf(vip);
      const row = () => stack.api.kubectl(['get', 'vipgroups', metadata.name, '--no-headers']);
      await eventually(`${name} ${nic} in the row`, async () =>
        new RegExp(`\\s${name}\\s+${nic}\\s`).test(await row()),
      );
    }
  });

  it('fails over within a second on each LAN when a leader’s agent is killed', async () => {
    for (const vip of [here, there]) {
      const leader = await leaderOf(vip);
      const prober = await probe(vip);
      leader.agent().signal('SIGKILL');
      await answeredByAnother(prober, leader);
      await leader.agent().exited;
      const outage = outageOf(await prober.stop());
      // Its node goes on answering until the other one has announced the address.
      assert.ok(outage === undefined || lengthOf(outage) < 1_000_000, JSON.stringify(outage));
      leader.startAgent();
      await leaderOf(vip);
    }
  });

  it('fails over within a second, on one LAN alone, when a leader loses the cable there', async () => {
    const leader = await leaderOf(there);
    const [staying, moving] = [await probe(here), await probe(there)];
    const cable = openCable(otherLan.bridge, `${leader.name}-eth1`);
    await cable.cut();
    await answeredByAnother(moving, leader);
    assert.ok(lengthOf(outageOf(await moving.stop())!) < 1_000_000);
    assert.equal(outageOf(await staying.stop()), undefined, 'nothing is lost on the other LAN');
    await cable.heal();
    await leaderOf(there);
  });
});
