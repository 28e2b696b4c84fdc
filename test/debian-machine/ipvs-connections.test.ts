import assert from 'node:assert/strict';
import { eventually } from '../lab/eventually.js';
import { translateByIpvs } from '../lab/ipvs.js';
import { type ManifestNodes, startManifestNodes } from '../lab/manifest-nodes.js';
import type { Node } from '../lab/node.js';
import { startPods } from '../lab/pod.js';
import { startEcho, startTalkers, type Talkers } from '../lab/talkers.js';

const groups = { ipv4: '10.77.0.100', ipv6: 'fd77::1:100' } as const;
const names = Object.keys(groups) as readonly (keyof typeof groups)[];
const addresses = Object.values(groups);
const port = { outside: 80, inside: 7000 };
const perAddress = 20;
const count = addresses.length * perAddress;
/** The machine may be emulated: then packets, and programs that are started to ask something, are what costs most. */
const talkEveryMs = 200;
const slowly = { withinMs: 60_000, everyMs: 500 };

describe('connections through an address, where IPVS translates', function () {
  this.timeout(900_000);
  let lab: ManifestNodes;
  let talkers: Talkers | undefined;
  /** The client's ports for the next connections. */
  let ports = 32_768;

  before(async () => {
    lab = await startManifestNodes(`ipvs${process.pid}`, 2);
    const hosts = lab.nodes.map(({ host }) => host);
    const pods = await startPods({ lab: lab.lab.name, folder: lab.lab.folder, nodes: hosts });
    for (const pod of pods) await startEcho(pod.start, port.inside);
    for (const host of hosts) await translateByIpvs(host, addresses, port, pods);
  });
  afterEach(async function () {
    await talkers?.stop();
    talkers = undefined;
    if (this.currentTest?.state !== 'failed' || lab === undefined) return;
    for (const { name, agent, host } of lab.nodes) {
      const services = await host.run('ipvsadm', ['-Ln', '--stats']);
      console.error(`--- ${name}\n${agent().log()}\n${services}\n${await host.run('nft', ['list', 'ruleset'])}`);
    }
  });
  after(() => lab?.lab.close());

  const write = (protocol: 'vip' | 'layer2', drainConnections: string) => {
    for (const name of names)
      lab.write(name, {
        protocol,
        interface: 'eth0',
        addresses: [groups[name]],
        vrrp: { virtualRouterId: 7, advertisementInterval: '1s', preempt: false, drainConnections },
      });
  };
  const became = /"became (\w+)","group":"(\w+)"/g;
  /** The state that a node's agent said last to have in a group. */
  const stateOf = ({ agent }: Node, group: string) =>
    [...agent().log().matchAll(became)].findLast(([, , name]) => name === group)?.[1];
  /** Who leads a group, while the others of these nodes stand by. */
  const leaderOf = (group: string, nodes: readonly Node[] = lab.nodes) =>
    eventually(
      `a leader of ${group} among ${nodes.map(({ name }) => name)}`,
      () => {
        const states = nodes.map((node) => stateOf(node, group));
        const isWhole = states.filter((state) => state === 'Backup').length === nodes.length - 1;
        return isWhole ? nodes[states.indexOf('Active')] : undefined;
      },
      slowly,
    );
  /** Has whoever leads a group end, the other node lead both, and the former come back; so for each group. */
  const move = async (signal: NodeJS.Signals) => {
    for (const group of names) {
      const before = await leaderOf(group);
      before.agent().signal(signal);
      await before.agent().exited;
      const others = lab.nodes.filter((node) => node !== before);
      for (const each of names) await leaderOf(each, others);
      before.startAgent();
      for (const each of names) await leaderOf(each);
    }
  };
  /** Which of the connections that were open broke over two such moves, once nobody waits for an answer any more. */
  const brokenBy = async (signal: NodeJS.Signals) => {
    for (const group of names) await leaderOf(group);
    // Others than before: a node may have another connection, which ended lately, in mind that began from the same one.
    await lab.client.run('sysctl', ['-qw', `net.ipv4.ip_local_port_range=${ports} ${ports + 999}`]);
    ports += 1_000;
    talkers = await startTalkers(lab.client, addresses, port.outside, perAddress, talkEveryMs);
    await move(signal);
    const { later, now } = talkers;
    await later();
    const { broken, longestMs } = await eventually(
      'each connection answered or broken',
      () => (now().silent === 0 ? now() : undefined),
      { ...slowly, onTimeout: () => JSON.stringify(now()) },
    );
    console.log(`      ${broken.length} of ${count} broke, the longest silence of others was ${longestMs} ms`);
    return broken;
  };
  /** The families for which each node has a table of ours. */
  const tables = () =>
    Promise.all(
      lab.nodes.map(async ({ host }) =>
        [...(await host.run('nft', ['list', 'tables'])).matchAll(/^table (\w+) openelb-vip$/gm)]
          .map(([, family]) => family)
          .join(),
      ),
    );

  for (const protocol of ['vip', 'layer2'] as const) {
    it(`outlive moves from node to node and back by agents that are ended, in mode ${protocol}`, async () => {
      write(protocol, '10m');
      await eventually('tables', async () => (await tables()).every((each) => each === 'ip,ip6'), slowly);
      assert.deepEqual(await brokenBy('SIGTERM'), []);
    });

    it(`outlive such moves by agents that are killed, in mode ${protocol}`, async () => {
      assert.deepEqual(await brokenBy('SIGKILL'), []);
    });
  }

  it('all break where nobody has asked for them to be kept', async () => {
    write('layer2', '0s');
    await eventually('no tables', async () => (await tables()).every((each) => each === ''), slowly);
    assert.equal((await brokenBy('SIGTERM')).length, count);
  });

  it('are not kept where IPVS tells conntrack nothing: agents say why, and make no tables', async () => {
    for (const { host } of lab.nodes) await host.run('sysctl', ['-qw', 'net.ipv4.vs.conntrack=0']);
    write('layer2', '10m');
    for (const { name, agent } of lab.nodes)
      await eventually(
        `${name} to say why`,
        () => /connections are not kept.*NoConntrack.*net\.ipv4\.vs\.conntrack=1/.test(agent().log()),
        slowly,
      );
    assert.deepEqual(await tables(), ['', '']);
  });
});
