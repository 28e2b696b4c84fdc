import assert from 'node:assert/strict';
import { settledLeader } from '../lab/election.js';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { type Lab, openLab } from '../lab/lab.js';
import { type ManifestNodes, startManifestNodes } from '../lab/manifest-nodes.js';
import type { Node } from '../lab/node.js';
import { addSecondNic } from '../lab/second-nic.js';

const inner = '10.77.0.100';
const outer = '10.88.0.100';
const gateway = '10.88.0.1';

describe('agents on nodes with two NICs, each on a LAN of its own', function () {
  this.timeout(90_000);
  let nodes: ManifestNodes;
  let otherLan: Lab;
  /** A router on the other LAN, which is also who asks there. */
  let router: Host;

  before(async () => {
    nodes = await startManifestNodes(`oagif${process.pid}`, 2);
    otherLan = await openLab(`oagifo${process.pid}`);
    router = await otherLan.addHost('router', 1);
    await router.run('ip', ['address', 'add', `${gateway}/24`, 'dev', 'eth0']);
    for (const { host } of nodes.nodes) await addSecondNic(host, otherLan, `${addressOnOther(host)}/24`);
    const vrrp = { virtualRouterId: 7, advertisementInterval: '100ms' };
    nodes.write('inner', { protocol: 'layer2', interface: 'eth0', addresses: [inner], vrrp });
    writeOuter('layer2');
  });
  after(() => {
    nodes?.lab.close();
    otherLan?.close();
  });
  afterEach(function () {
    if (this.currentTest?.state !== 'failed' || nodes === undefined) return;
    for (const node of nodes.nodes) console.error(`--- ${node.name}\n${node.agent().log()}`);
  });

  const addressOnOther = (host: Host) => host.address.replace('10.77', '10.88');
  /** The same virtual router ID as on the first LAN: they never meet. */
  function writeOuter(protocol: 'vip' | 'layer2'): void {
    const vrrp = { virtualRouterId: 7, advertisementInterval: '100ms' };
    nodes.write('outer', { protocol, interface: `can_reach:${gateway}`, addresses: [outer], vrrp }, addressOnOther);
  }
  const macOf = async (node: Node, nic: string) =>
    (JSON.parse(await node.host.run('ip', ['-j', 'link', 'show', nic])) as { address: string }[])[0]!.address;
  const asked = async (host: Host, address: string) =>
    (await host.run('arping', ['-c', '1', '-w', '2', '-I', 'eth0', address])).toLowerCase();
  /** The node whose NIC alone answers on a LAN. */
  const answering = (host: Host, address: string, nic: string) =>
    eventually(
      `one answer for ${address}`,
      async () => {
        const text = await asked(host, address).catch(() => '');
        const macs = await Promise.all(nodes.nodes.map((node) => macOf(node, nic)));
        const found = nodes.nodes.filter((_, i) => text.includes(macs[i]!));
        return found.length === 1 ? found[0] : undefined;
      },
      { withinMs: 20_000 },
    );

  it('answer for a group on the NIC that it names, and on no other', async () => {
    await settledLeader({ ...nodes, vip: inner });
    await answering(nodes.client, inner, 'eth0');
    await assert.rejects(asked(router, inner));
  });

  it('answer for a group with can_reach on the NIC from which that host is reached', async () => {
    await answering(router, outer, 'eth1');
    await assert.rejects(asked(nodes.client, outer));
  });

  it('a node that loses its way to that host leaves the group, and has its place back with the way', async () => {
    const unmoved = await settledLeader({ ...nodes, vip: inner });
    const leader = await answering(router, outer, 'eth1');
    await leader.host.run('ip', ['address', 'del', `${addressOnOther(leader.host)}/24`, 'dev', 'eth1']);
    const successor = await eventually('another', async () => {
      const now = await answering(router, outer, 'eth1');
      return now === leader ? undefined : now;
    });
    await leader.host.run('ip', ['address', 'add', `${addressOnOther(leader.host)}/24`, 'dev', 'eth1']);
    await successor.host.run('ip', ['address', 'del', `${addressOnOther(successor.host)}/24`, 'dev', 'eth1']);
    await eventually('the first again', async () => (await answering(router, outer, 'eth1')) === leader);
    await successor.host.run('ip', ['address', 'add', `${addressOnOther(successor.host)}/24`, 'dev', 'eth1']);
    assert.equal(await settledLeader({ ...nodes, vip: inner }), unmoved);
  });

  it('hold an address of a group with can_reach on that NIC in vip mode', async () => {
    writeOuter('vip');
    const holder = await eventually('a holder', async () => {
      for (const node of nodes.nodes) {
        const text = await node.host.run('ip', ['-o', 'address', 'show', 'dev', 'eth1']);
        if (text.includes(` ${outer}/32 `)) return node;
      }
      return undefined;
    });
    assert.ok((await asked(router, outer)).includes(await macOf(holder, 'eth1')));
    assert.ok(!(await holder.host.addresses()).includes(outer));
  });
});
