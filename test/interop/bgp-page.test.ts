// Reads: docs/bgp.md and docs/interop.md. What the first tells a router, and nodes, to be configured with is run as it stands there;
// only addresses are others.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { BgpConf } from '../../src/api/bgp-conf.js';
import type { BgpPeer } from '../../src/api/bgp-peer.js';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { type Lab, openLab } from '../lab/lab.js';
import { type Node, startNode } from '../lab/node.js';
import { startBird } from '../lab/routers/bird.js';
import { startFrr } from '../lab/routers/frr.js';
import { startGobgp } from '../lab/routers/gobgp.js';
import { eventuallyGateways } from '../lab/routers/kernel-routes.js';
import { requireRouters, routerVersion } from '../lab/routers/packages.js';
import { neighborAt, type Router } from '../lab/routers/router.js';
import { failingCases, workingCases } from './bgp-cases.js';

/** The columns of the matrix, in their order. */
const tried = ['frr', 'bird', 'gobgp', 'openbgpd'] as const;
const starters = { FRR: startFrr, BIRD: startBird, GoBGP: startGobgp } as const;
const vip = '198.51.100.10';
const vip6 = '2001:db8:1::10';

describe('the configurations of docs/bgp.md, of routers and of nodes', function () {
  this.timeout(90_000);
  let lab: Lab;
  let nodes: readonly Node[];
  const routers = new Map<string, Router>();

  before(async function () {
    await requireRouters(this, 'frr', 'bird', 'gobgp');
    lab = await openLab('bgppage');
    for (const [i, [name, start]] of Object.entries(starters).entries()) {
      const host = await lab.addHost(name.toLowerCase(), 1 + i);
      const lines = withAddressesOf(host, await blockBelow(`### ${name}`)).split('\n');
      routers.set(name, await start(lab.folder, host, { lines }));
    }
    const manifests = join(lab.folder, 'manifests');
    mkdirSync(manifests);
    writeFileSync(join(manifests, 'bgp.json'), JSON.stringify({ kind: 'List', items: await objects() }));
    const hosts = [await lab.addHost('n1', 11), await lab.addHost('n2', 12)];
    nodes = await Promise.all(hosts.map((host) => startNode(host, { manifests, folder: lab.folder })));
  });
  after(() => lab?.close());
  afterEach(function () {
    if (this.currentTest?.state === 'failed') for (const node of nodes ?? []) console.error(node.agent().log());
  });

  /** The page's BgpConf, its BgpPeer for each router, and two groups that both nodes announce. */
  async function objects(): Promise<readonly object[]> {
    const text = await blockBelow('## Objects');
    const [conf, peer] = parseAllDocuments(text).map((document) => document.toJS() as BgpConf & BgpPeer);
    assert.deepEqual([conf?.kind, peer?.kind], ['BgpConf', 'BgpPeer']);
    const families = ['AFI_IP', 'AFI_IP6'].map((afi) => ({ config: { family: { afi, safi: 'SAFI_UNICAST' } } }));
    const peers = [...routers].map(([name, { host }]) => ({
      ...peer,
      metadata: { name: name.toLowerCase() },
      spec: { ...peer!.spec, conf: { ...peer!.spec.conf, neighborAddress: host.address }, afiSafis: families },
    }));
    const groups = [vip, vip6].map((address, i) => ({
      apiVersion: peer!.apiVersion,
      kind: 'VipGroup',
      metadata: { name: `web${i}` },
      spec: { protocol: 'bgp', addresses: [address], members: ['n1', 'n2'].map((node) => ({ node, priority: 100 })) },
    }));
    return [conf!, ...peers, ...groups];
  }

  for (const name of ['FRR', 'BIRD'])
    it(`${name} sends an address to both nodes, IPv4 and IPv6`, async () => {
      const { host } = routers.get(name)!;
      for (const [prefix, of] of [
        [`${vip}/32`, (node: Node) => node.host.address],
        [`${vip6}/128`, (node: Node) => node.host.address6],
      ] as const)
        await eventuallyGateways(host, prefix, nodes.map(of), { withinMs: 30_000 });
    });

  for (const name of ['FRR', 'BIRD'])
    it(`${name} watches both nodes by BFD`, async () => {
      for (const node of nodes)
        await eventually(`BFD with ${node.name}`, async () => {
          const neighbor = await neighborAt(routers.get(name)!, node.host.address);
          return neighbor?.bfd === 'Up';
        });
    });

  it('GoBGP has the way of each node, IPv4 and IPv6', async () => {
    for (const prefix of [`${vip}/32`, `${vip6}/128`])
      await eventually(`two ways to ${prefix}`, async () => {
        const paths = await routers.get('GoBGP')!.paths(prefix);
        const from = paths.map((path) => path.from).toSorted();
        return from.join() === nodes.map(({ host }) => host.address).join();
      });
  });

  it('each lets an agent be started again without losing its routes', async () => {
    const [node] = nodes as [Node];
    node.agent().signal('SIGTERM');
    await node.agent().exited;
    for (const [name, router] of routers)
      await eventually(`${name} to see that the session is gone, and to keep the route`, async () => {
        const neighbor = await neighborAt(router, node.host.address);
        const path = (await router.paths(`${vip}/32`)).find(({ from }) => from === node.host.address);
        assert.ok(path, `${name} has forgotten the route`);
        return neighbor?.state !== 'Established';
      });
    node.startAgent();
    for (const [name, router] of routers)
      await eventually(`a session with ${name}`, async () => {
        const neighbor = await neighborAt(router, node.host.address);
        return neighbor?.state === 'Established';
      });
  });
});

describe('the matrix of docs/interop.md', () => {
  let rows: readonly (readonly string[])[];

  before(async () => {
    const page = await readFile('docs/interop.md', 'utf8');
    const section = page.split('\n## BGP routers\n')[1]?.split('\n## ')[0] ?? '';
    const lines = section.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| ---'));
    rows = lines.map((line) => line.split('|').map((cell) => cell.trim()));
  });

  it('names the versions that it is tried with', async function () {
    await requireRouters(this, ...tried);
    const versions = await Promise.all(tried.map(routerVersion));
    assert.deepEqual(
      rows[0]!.slice(2, 6).map((cell) => cell.split(' ')[1]),
      versions,
    );
  });

  it('has a row for each setting that is tried, and no other', () => {
    const settings = rows.slice(1).map((cells) => cells[1]);
    assert.deepEqual(
      settings,
      [...workingCases, ...failingCases].map(({ name }) => name),
    );
  });
});

/** The first indented block below a heading. */
async function blockBelow(heading: string): Promise<string> {
  const page = await readFile('docs/bgp.md', 'utf8');
  const [, below] = page.split(`\n${heading}\n`);
  const block = /(?:^ {4}.*\n(?:\n(?= {4}))?)+/m.exec(below?.split('\n## ')[0] ?? '')?.[0] ?? '';
  const lines = block.split('\n').map((line) => line.slice(4));
  assert.ok(lines.length > 5, `docs/bgp.md has a block below ${heading}`);
  return lines.join('\n');
}

/** The page's networks and router become the lab's. */
function withAddressesOf(host: Host, text: string): string {
  return text
    .replaceAll('192.0.2.254', host.address)
    .replaceAll('192.0.2.0/24', '10.77.0.0/24')
    .replaceAll('2001:db8::/64', 'fd77::/64');
}
