import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { askNode, settledLeader } from '../lab/election.js';
import { eventually } from '../lab/eventually.js';
import { httpGet } from '../lab/http.js';
import { type ManifestNodes, startManifestNodes } from '../lab/manifest-nodes.js';
import { type Node, startProgram } from '../lab/node.js';
import type { Process } from '../lab/process.js';

const main = join(projectRoot(), 'dist', 'main.js');
const vip = '10.77.0.100';
const spec = (addresses: readonly string[]) => ({
  protocol: 'vip' as const,
  interface: 'eth0',
  addresses: [...addresses],
  vrrp: { virtualRouterId: 9, advertisementInterval: '100ms' },
});
const messageOf = async (node: Node) => (await askNode(node)).members[0]?.message ?? '';
/** The answer and its status, one after the other. */
const health = async (node: Node, path: string) => {
  const { status, body } = await httpGet(node.host, `http://127.0.0.1:17473${path}`);
  return `${body}${status}`;
};

for (const { family, address } of [
  { family: 'IPv4', address: vip },
  { family: 'IPv6', address: 'fd77::100' },
]) {
  describe(`agents that start on a LAN where a live host has their ${family} address`, function () {
    this.timeout(60_000);
    let nodes: ManifestNodes;

    before(async () => {
      nodes = await startManifestNodes(`oatr${family}${process.pid}`.toLowerCase(), 2);
      const length = family === 'IPv4' ? '24' : '64';
      await nodes.client.run('ip', ['address', 'add', `${address}/${length}`, 'dev', 'eth0', 'nodad']);
      nodes.write('group', spec([address]));
    });
    after(() => nodes?.lab.close());
    const holders = async () => {
      const held = await Promise.all(nodes.nodes.map(({ host }) => host.addresses()));
      return nodes.nodes.filter((_, index) => held[index]!.includes(address));
    };

    it('do not take it, and say which host has it in log and status', async () => {
      const mac = (await nodes.client.run('cat', ['/sys/class/net/eth0/address'])).trim();
      const leader = await eventually('a leader that says so', async () => {
        for (const node of nodes.nodes) if (/not taken/.test(await messageOf(node))) return node;
        return undefined;
      });
      const said = await eventually('the host', async () => {
        const message = await messageOf(leader);
        return message.includes(mac) ? message : undefined;
      });
      assert.ok(
        said.startsWith(`not taken, because another host has it: ${address}; ${mac} on eth0 answers for`),
        said,
      );
      assert.match(leader.agent().log(), /"message":"address conflict".*it is not taken; take it off that host/);
      const table = await leader.host.run(process.execPath, [main, 'status', '--local', `--node-name=${leader.name}`]);
      assert.match(table, /not taken, because another host has it/);
      for (const end = performance.now() + 2_000; performance.now() < end; await wait(50))
        assert.deepEqual(await holders(), []);
    });

    it('take it once that host is gone', async () => {
      const length = family === 'IPv4' ? '24' : '64';
      await nodes.client.run('ip', ['address', 'del', `${address}/${length}`, 'dev', 'eth0']);
      await eventually('one holder', async () => (await holders()).length === 1, { withinMs: 15_000 });
      const [leader] = await holders();
      assert.equal(await eventually('nothing to say', async () => (await messageOf(leader!)) === ''), true);
      assert.match(leader!.agent().log(), /"message":"takes part without restriction"/);
    });
  });
}

describe('agents with mistakes in their manifests', function () {
  this.timeout(60_000);
  let nodes: ManifestNodes;
  let stray: Process | undefined;

  before(async () => {
    nodes = await startManifestNodes(`oatrm${process.pid}`, 2);
  });
  after(() => nodes?.lab.close());

  it('one whose own address is wrong says so with the field and file; the other names it as the likely stranger', async () => {
    const [n1, n2] = nodes.nodes as [Node, Node];
    // A node whose address is wrong leads only while it hears no other leader, so it has to be there first.
    n2.agent().signal('SIGTERM');
    await n2.agent().exited;
    nodes.write('group', spec([vip]), (host) => (host.name === 'n1' ? '10.77.0.99' : host.address));
    await eventually('its lead', async () => (await askNode(n1)).members[0]?.held.includes(vip));
    const file = join(nodes.lab.folder, 'manifests', 'group.json');
    const own = await eventually('its word', async () => (await messageOf(n1)) || undefined);
    assert.equal(
      own,
      `eth0 does not have 10.77.0.99, this node's address by spec.members[0].address in ${file}: it has 10.77.0.11. ` +
        "Adverts come from 10.77.0.11, which the other members take for a stranger's: correct it there",
    );
    assert.match(
      n1.agent().log(),
      /"message":"(cannot take part|takes part with a restriction)".*does not have 10\.77\.0\.99/,
    );
    n2.startAgent();
    const others = await eventually('the other’s word', async () => (await messageOf(n2)) || undefined);
    assert.match(
      others,
      /(?:^|; )10\.77\.0\.11, which is no member, .* member n1, and nothing is heard from 10\.77\.0\.99/,
    );
    assert.ok(others.includes(`spec.members[0].address in ${file}`), others);
    assert.ok(n2.agent().log().includes('"message":"foreign advert"'));
  });

  it('say nothing more of it once it is corrected', async () => {
    nodes.write('group', spec([vip]));
    await settledLeader({ ...nodes, vip });
    for (const node of nodes.nodes) await eventually('nothing', async () => (await messageOf(node)) === '');
    assert.equal(await health(nodes.nodes[0]!, '/readyz'), 'ok\n200');
  });

  it('one with a node name that no group has says so, with those they have, and is not ready', async () => {
    const [n1] = nodes.nodes as [Node];
    n1.agent().signal('SIGTERM');
    await n1.agent().exited;
    const flags = {
      'node-name': 'node-1',
      'state-dir': nodes.lab.folder,
      manifests: join(nodes.lab.folder, 'manifests'),
    };
    stray = startProgram(n1.host, 'agent', flags);
    const expected = 'no group names node node-1: the groups name n1, n2. Start the agent with --node-name';
    await eventually('the line', () => stray!.log().includes(expected));
    assert.match(stray.log(), /"level":"warn","program":"agent","message":"no group names this node","node":"node-1"/);
    const table = await n1.host.run(process.execPath, [main, 'status', '--local', '--node-name=node-1']);
    assert.match(table, /\nNo group names node node-1: the groups name n1, n2\. Start the agent/);
    assert.match(await health(n1, '/readyz'), /^no group names node node-1.*\n503$/);
    assert.equal(await health(n1, '/healthz'), 'ok\n200');
    stray.signal('SIGTERM');
    await stray.exited;
    n1.startAgent();
    await settledLeader({ ...nodes, vip });
  });

  it('one that cannot take part in a group is ready, but says so; a refused manifest is named by source and readiness', async () => {
    const [n1] = nodes.nodes as [Node];
    writeFileSync(join(nodes.lab.folder, 'manifests', 'broken.yaml'), 'a: [');
    nodes.write('elsewhere', { ...spec(['10.77.0.101']), interface: 'eth7', vrrp: { virtualRouterId: 10 } });
    const body = await eventually('both', async () => {
      const said = await health(n1, '/readyz');
      return /eth7/.test(said) && /broken\.yaml/.test(said) ? said : undefined;
    });
    assert.match(
      body,
      /^ready, but:\n.*broken\.yaml: .*\ngroup elsewhere: there is no interface eth7 on this node\n200$/s,
    );
    const { source } = JSON.parse(await health(n1, '/status').then((text) => text.slice(0, -3))) as { source: string };
    assert.match(source, /broken\.yaml: .* \(refused since .*, nothing of it is followed\)$/);
  });
});
