import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { type ManifestNodes, startManifestNodes } from '../lab/manifest-nodes.js';
import type { Node } from '../lab/node.js';
import { type Prober, startProber } from '../lab/prober.js';
import { lengthOf, silencesOf } from '../lab/silence.js';
import { addBond, addVlan, type SecondCable } from '../lab/stacked-nics.js';

type Protocol = 'vip' | 'layer2';

interface Group {
  readonly name: string;
  readonly nic: string;
  readonly vip: string;
  /** The address of a host in that network. */
  addressOf(host: Host): string;
}

/** Both at once: a bond as two of a machine's NICs are, and a VLAN on it. */
const groups: readonly Group[] = [
  { name: 'bond', nic: 'bond0', vip: '10.78.0.100', addressOf: (host) => host.address.replace('10.77.', '10.78.') },
  { name: 'vlan', nic: 'bond0.20', vip: '10.79.0.100', addressOf: (host) => host.address.replace('10.77.', '10.79.') },
];
/** The same for both: another VLAN is another network. */
const virtualRouterId = 7;
const virtualMac = '00:00:5e:00:01:07';
/** The kernel that these tests are run on has one core for all nodes, and is slow to start programs. */
const intervalMs = 500;
const perSecond = 100;
/** RFC 9568 section 6.1 for an heir of priority 234, with a tenth more. */
const boundMs = 1.1 * (3 * intervalMs + ((256 - 234) / 256) * intervalMs);

describe('groups on a bond and on a VLAN of it', function () {
  this.timeout(120_000);
  const secondCables = new Map<Host, SecondCable>();
  const probers = new Map<Group, Prober>();
  let lab: ManifestNodes;

  before(async () => {
    lab = await startManifestNodes(`nics${process.pid}`);
    const [bond, vlan] = groups as [Group, Group];
    for (const { host } of lab.nodes) {
      secondCables.set(host, await addBond(host, lab.lab, `${bond.addressOf(host)}/24`));
      await addVlan(host, bond.nic, 20, `${vlan.addressOf(host)}/24`);
      await answersOnLoopback(host);
    }
    await lab.client.run('ip', ['address', 'add', `${bond.addressOf(lab.client)}/24`, 'dev', 'eth0']);
    await addVlan(lab.client, 'eth0', 20, `${vlan.addressOf(lab.client)}/24`);
    write('vip');
    for (const group of groups) {
      await settledLeader(group);
      probers.set(group, startProber(lab.client, group.vip, perSecond));
    }
    await answers();
  });
  after(() => lab?.lab.close());
  afterEach(function () {
    if (this.currentTest?.state !== 'failed' || lab === undefined) return;
    for (const node of lab.nodes) console.log(`--- ${node.name}\n${node.agent().log()}`);
  });

  function write(protocol: Protocol, virtualMac = false): void {
    const vrrp = { virtualRouterId, advertisementInterval: `${intervalMs}ms`, virtualMac };
    for (const { name, nic, vip, addressOf } of groups)
      lab.write(name, { protocol, interface: nic, addresses: [vip], vrrp }, addressOf);
  }

  /** The leader, once the others stand by: as the agents' logs have it, since starting a program takes long here. */
  function settledLeader(group: Group): Promise<Node> {
    const states = () => lab.nodes.map((node) => stateOf(node, group));
    return eventually(
      `one leader of ${group.name}, the others standing by`,
      () => {
        const isWhole = [...states()].sort().join() === 'Active,Backup,Backup';
        return isWhole && lab.nodes[states().indexOf('Active')];
      },
      { withinMs: 60_000, onTimeout: () => states().join() },
    );
  }

  async function answers(): Promise<void> {
    await Promise.all([...probers.values()].map((prober) => prober.answered()));
  }

  /** What the client saw of a fault of the node that leads on the bond; everything is mended afterwards. */
  async function during(fault: (node: Node) => Promise<unknown>): Promise<{ node: Node; silences: number[] }> {
    const leaders = await Promise.all(groups.map(settledLeader));
    const node = leaders[0]!;
    await answers();
    for (const prober of probers.values()) prober.take();
    await fault(node);
    await answers();
    await wait(500); // until the probers are sure of what was lost
    const silences = [...probers.values()].flatMap((one) =>
      silencesOf(one.take()).map((each) => lengthOf(each) / 1000),
    );
    await node.host.cable.heal();
    await secondCables.get(node.host)?.heal();
    if (!node.agent().running()) node.startAgent();
    for (const group of groups) await settledLeader(group);
    assert.ok(silences.every(Number.isFinite), 'an address is silent');
    if (silences.length > 0) console.log(`      silent for ${silences.map((ms) => ms.toFixed(1)).join(', ')} ms`);
    return { node, silences };
  }

  function answerOfOthers(than: Node): Promise<unknown> {
    const isOther = (prober: Prober) => prober.lastAnswerBy() !== than.name;
    return eventually('answers of other nodes', () => [...probers.values()].every(isOther), { withinMs: 20_000 });
  }

  async function cutOff(node: Node): Promise<void> {
    await secondCables.get(node.host)?.cut();
    await node.host.cable.cut();
    await answerOfOthers(node);
  }

  /** Each silence for itself: the first of two cables costs a bond a few milliseconds. */
  function assertWithinBound(silences: readonly number[]): void {
    assert.ok(silences.length > 0, 'no probe was lost');
    assert.ok(Math.max(...silences) <= boundMs, `${silences.join()} ms, allowed ${boundMs}`);
  }

  for (const protocol of ['vip', 'layer2'] as const) {
    it(`are led in ${protocol} mode by one node, with the address on that NIC ${protocol === 'vip' ? 'alone' : 'of nobody'}`, async () => {
      write(protocol);
      for (const group of groups) {
        await eventually(`${group.vip} where it belongs`, async () => {
          const leader = await settledLeader(group);
          const holders = [];
          for (const { name, host } of lab.nodes)
            if ((await addressesOf(host, group.nic)).includes(group.vip)) holders.push(name);
          return holders.join() === (protocol === 'vip' ? leader.name : '');
        });
      }
      await answers();
    });

    it(`fail over in ${protocol} mode when the bond loses both cables`, async () => {
      assertWithinBound((await during(cutOff)).silences);
    });
  }

  it('are handed over at SIGTERM without a probe lost', async () => {
    const { silences } = await during(async (node) => {
      node.agent().signal('SIGTERM');
      await answerOfOthers(node);
      assert.equal(await node.agent().exited, 0);
    });
    assert.deepEqual(silences, []);
  });

  it('stay where they are when the port that carries everything is cut', async () => {
    const { node, silences } = await during(async ({ host }) => {
      const active = await activePort(host);
      await (active === 'eth0' ? host.cable : secondCables.get(host)!).cut();
      await eventually('the other port to carry everything', async () => (await activePort(host)) !== active);
    });
    assert.equal(probers.get(groups[0]!)!.lastAnswerBy(), node.name);
    assert.ok(Math.max(0, ...silences) < intervalMs, `${silences.join()} ms`);
  });

  it('answer with the virtual MAC, before and after a failover', async () => {
    write('vip', true);
    for (const { vip } of groups)
      await eventually('the virtual MAC with the client', async () => (await macAt(lab.client, vip)) === virtualMac, {
        withinMs: 20_000,
      });
    assertWithinBound((await during(cutOff)).silences);
    for (const { vip } of groups) assert.equal(await macAt(lab.client, vip), virtualMac);
  });

  it('hear nothing of each other, although their virtual router ID is the same', () => {
    for (const node of lab.nodes) assert.doesNotMatch(node.agent().log(), /foreign advert/, node.name);
  });
});

/** What an agent that runs said last of its part in a group. */
function stateOf(node: Node, { name }: Group): string | undefined {
  const lines = node.agent().log().split('\n');
  const said = lines.findLast((line) => line.includes('"message":"became ') && line.includes(`"group":"${name}"`));
  return node.agent().running() && said !== undefined ? (JSON.parse(said) as { to: string }).to : undefined;
}

/** The addresses on the loopback interface, for which no ARP is answered: layer2 mode's data path, as kube-proxy's IPVS mode has it. */
async function answersOnLoopback(host: Host): Promise<void> {
  await host.run('sysctl', ['-qw', 'net.ipv4.conf.all.arp_ignore=1', 'net.ipv4.conf.all.arp_announce=2']);
  for (const { vip } of groups) await host.run('ip', ['address', 'add', `${vip}/32`, 'dev', 'lo']);
}

async function addressesOf(host: Host, nic: string): Promise<readonly string[]> {
  const [link] = JSON.parse(await host.run('ip', ['-j', 'address', 'show', 'dev', nic])) as [
    { addr_info: readonly { local: string }[] },
  ];
  return link.addr_info.map(({ local }) => local);
}

/** The MAC that a host that is asking an address has in its neighbour cache. */
async function macAt(host: Host, address: string): Promise<string | undefined> {
  const [entry] = JSON.parse(await host.run('ip', ['-j', 'neighbor', 'show', address])) as [{ lladdr?: string }?];
  return entry?.lladdr;
}

async function activePort(host: Host): Promise<string> {
  return (await host.run('cat', ['/sys/class/net/bond0/bonding/active_slave'])).trim();
}
