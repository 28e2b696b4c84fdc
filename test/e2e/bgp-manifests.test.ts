import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { type Lab, openLab } from '../lab/lab.js';
import { type Node, startNode } from '../lab/node.js';
import { eventuallyGateways } from '../lab/routers/kernel-routes.js';
import type { Router } from '../lab/routers/router.js';
import { startRouter } from '../lab/routers/start.js';

const apiVersion = 'network.kubesphere.io/v1alpha2';
const prefixes = ['198.51.100.10/32', '198.51.100.11/32'];

describe('BGP without Kubernetes', function () {
  this.timeout(120_000);
  let lab: Lab;
  let routerHost: Host;
  let router: Router;
  let node: Node;
  let manifests: string;

  before(async () => {
    lab = await openLab(`e2ebgpfiles${process.pid}`);
    routerHost = await lab.addHost('router', 1);
    const host = await lab.addHost('n1', 11);
    router = await startRouter('bird', lab.folder, routerHost, {
      as: 64_513,
      neighbors: [{ at: { address: host.address }, as: 64_512, families: ['ipv4'] }],
    });
    manifests = join(lab.folder, 'manifests');
    mkdirSync(manifests);
    put('bgp.json', [
      { apiVersion, kind: 'BgpConf', metadata: { name: 'default' }, spec: { as: 64_512, drainWait: '1s' } },
      {
        apiVersion,
        kind: 'BgpPeer',
        metadata: { name: 'tor' },
        spec: { conf: { neighborAddress: routerHost.address, peerAs: 64_513 } },
      },
    ]);
    web(['198.51.100.10', '198.51.100.11']);
    node = await startNode(host, { manifests, folder: lab.folder });
  });
  after(() => lab?.close());
  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.error(node?.agent().log());
  });

  const put = (file: string, items: readonly object[]) =>
    writeFileSync(join(manifests, file), JSON.stringify({ kind: 'List', items }));
  const web = (addresses: readonly string[]) =>
    put('web.json', [
      {
        apiVersion,
        kind: 'VipGroup',
        metadata: { name: 'web' },
        spec: { protocol: 'bgp', addresses, members: [{ node: 'n1', priority: 100 }] },
      },
    ]);

  it('announces the addresses of files to a router of a file', async () => {
    for (const prefix of prefixes)
      await eventuallyGateways(routerHost, prefix, [node.host.address], { withinMs: 30_000 });
  });

  it('follows an address that is taken out of its file, while the other stays', async () => {
    web(['198.51.100.10']);
    await eventuallyGateways(routerHost, prefixes[1]!, [], { withinMs: 10_000 });
    await eventuallyGateways(routerHost, prefixes[0]!, [node.host.address]);
  });

  it('refuses a file that is wrong, with the field, and goes on with what it said before', async () => {
    put('bgp.json', [{ apiVersion, kind: 'BgpConf', metadata: { name: 'default' }, spec: { as: 0 } }]);
    await eventually('a line in the log', () => /manifest refused.*spec\.as/.test(node.agent().log()));
    await eventuallyGateways(routerHost, prefixes[0]!, [node.host.address]);
  });

  it('leaves its routers in good order when their file is taken away', async () => {
    rmSync(join(manifests, 'bgp.json'));
    await eventually('the mark of a graceful shutdown', async () =>
      (await router.paths(prefixes[0]!)).some(({ communities }) => communities.includes('65535:0')),
    );
    await eventuallyGateways(routerHost, prefixes[0]!, [], { withinMs: 30_000 });
    assert.ok(node.agent().running());
  });
});
