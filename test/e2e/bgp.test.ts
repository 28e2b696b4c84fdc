import assert from 'node:assert/strict';
import type { BgpPeer } from '../../src/api/bgp-peer.js';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import type { Node } from '../lab/node.js';
import { eventuallyGateways, watchRoutes } from '../lab/routers/kernel-routes.js';
import type { Router } from '../lab/routers/router.js';
import { startRouter } from '../lab/routers/start.js';
import { loadBalancer, type Stack, startStack } from '../lab/stack.js';

const api = 'network.kubesphere.io/v1alpha2';

describe('BGP with a real API server and a real router', function () {
  this.timeout(180_000);
  let stack: Stack;
  let routerHost: Host;
  let router: Router;

  before(async () => {
    stack = await startStack(`e2ebgp${process.pid}`, { nodeCount: 2 });
    routerHost = await stack.lab.addHost('router', 1);
    router = await startRouter('frr', stack.lab.folder, routerHost, {
      as: 50_001,
      neighbors: [{ at: { range: '10.77.0.0/24' }, as: 50_000, bfd: { intervalMs: 300, multiplier: 3 } }],
    });
  });
  after(() => stack?.lab.close());
  afterEach(async function () {
    if (this.currentTest?.state !== 'failed' || stack === undefined) return;
    console.error(await stack.api.kubectl(['get', 'eip,vg,svc,bgpconfs,bgppeers', '-A', '-o', 'yaml']));
    for (const node of stack.nodes) console.error(`--- ${node.name}\n${node.agent().log()}`);
    console.error(stack.controller().log());
  });

  const kubectl = (...args: readonly string[]) => stack.api.kubectl(args);
  const peer = async () => JSON.parse(await kubectl('get', 'bgppeer', 'bgppeer-sample', '-o', 'json')) as BgpPeer;
  /** The BgpPeer once each node has a session that nothing is wrong with. */
  const standing = async () => {
    const found = await peer();
    const well = found.status?.nodes?.filter(({ state, problem }) => state === 'Established' && !problem) ?? [];
    return well.length === stack.nodes.length ? found : undefined;
  };
  const addresses = (nodes: readonly Node[]) => nodes.map(({ host }) => host.address);
  let address: string;

  it("OpenELB's documented example: the Service's address is in the router's kernel, through every node", async () => {
    await stack.apply(
      {
        apiVersion: api,
        kind: 'BgpConf',
        metadata: { name: 'default' },
        spec: { as: 50_000, listenPort: 17_900, drainWait: '2s' },
      },
      {
        apiVersion: api,
        kind: 'BgpPeer',
        metadata: { name: 'bgppeer-sample' },
        spec: { conf: { peerAs: 50_001, neighborAddress: routerHost.address }, bfd: {} },
      },
      {
        apiVersion: api,
        kind: 'Eip',
        metadata: { name: 'pool', annotations: { 'eip.openelb.kubesphere.io/is-default-eip': 'true' } },
        spec: { address: '192.0.2.100-192.0.2.110' },
      },
    );
    await stack.apply(loadBalancer('web'));
    address = await stack.addressOf('web');
    await eventuallyGateways(routerHost, `${address}/32`, addresses(stack.nodes), { withinMs: 30_000 });
  });

  it('the BgpPeer says of each node how its session stands, in our words and in those of OpenELB', async () => {
    const { status } = await eventually('both nodes Established, with BFD', async () => {
      const found = await standing();
      return found?.status?.nodes?.every(({ bfd }) => bfd?.state === 'Up') ? found : undefined;
    });
    for (const { host, name } of stack.nodes) {
      const entry = status!.nodes!.find(({ node }) => node === name)!;
      assert.deepEqual(
        [entry.address, entry.localAddress, entry.routerId, entry.localAs, entry.negotiated?.peerAs],
        [routerHost.address, host.address, routerHost.address, 50_000, 50_001],
      );
      assert.equal(status!.nodesPeerStatus![name]!.peerState!.sessionState, 'ESTABLISHED');
    }
    const conf = JSON.parse(await kubectl('get', 'bgpconf', 'default', '-o', 'json'));
    assert.deepEqual(conf.status.nodesConfStatus.n1, { as: 50_000, routerId: stack.nodes[0]!.host.address });
    const group = await eventually('both members Announcing', async () => {
      const found = await stack.groupOf(address);
      return found.status?.members?.filter(({ state }) => state === 'Announcing').length === 2 ? found : undefined;
    });
    for (const member of group.status!.members!) assert.deepEqual([member.routers, member.routersWanted], [1, 1]);
  });

  it('an agent that is started anew changes no route', async () => {
    const routes = await watchRoutes(routerHost, [`${address}/32`]);
    const [node] = stack.nodes as [Node];
    const established = (await peer()).status!.nodes!.find((each) => each.node === node.name)!.since;
    node.agent().signal('SIGTERM');
    await eventually('its end', () => !node.agent().running());
    node.startAgent();
    await eventually('the session anew', async () => {
      const entry = (await peer()).status!.nodes!.find((each) => each.node === node.name);
      return entry?.state === 'Established' && entry.since !== established;
    });
    await eventually('the end of its routes, if they were to end', async () => {
      const [path] = (await router.paths(`${address}/32`)).filter(({ from }) => from === node.host.address);
      return path !== undefined && !path.stale;
    });
    await routes.stop();
    assert.deepEqual(
      routes.events.map(({ text }) => text),
      [],
    );
  });

  it('a node that is cordoned is left by traffic first, then by the route', async () => {
    const [node, other] = stack.nodes as [Node, Node];
    await kubectl('cordon', node.name);
    await eventually('the mark of a graceful shutdown', async () =>
      (await router.paths(`${address}/32`)).some(
        ({ from, communities }) =>
          from === node.host.address && communities.some((each) => /65535:0|graceful/i.test(each)),
      ),
    );
    await eventuallyGateways(routerHost, `${address}/32`, [other.host.address], { withinMs: 20_000 });
    await eventually('the withdrawal', async () => (await router.paths(`${address}/32`)).length === 1, {
      withinMs: 20_000,
    });
    await kubectl('uncordon', node.name);
    await eventuallyGateways(routerHost, `${address}/32`, addresses(stack.nodes), { withinMs: 20_000 });
  });

  it('a password that is missing is said with the remedy, and the session comes with the Secret', async () => {
    const patch = { spec: { conf: { passwordSecret: { name: 'openelb-bgp-passwords', key: 'tor' } } } };
    await kubectl('patch', 'bgppeer', 'bgppeer-sample', '--type=merge', '-p', JSON.stringify(patch));
    const entry = await eventually('the problem', async () =>
      (await peer()).status?.nodes?.find(({ problem }) => problem?.reason === 'SecretMissing'),
    );
    assert.match(
      entry.problem!.message,
      /no Secret openelb-bgp-passwords in namespace openelb-system: make it, with the password in its entry tor/,
    );
    await kubectl(
      'patch',
      'bgppeer',
      'bgppeer-sample',
      '--type=merge',
      '-p',
      '{"spec":{"conf":{"passwordSecret":null}}}',
    );
    await eventuallyGateways(routerHost, `${address}/32`, addresses(stack.nodes), { withinMs: 40_000 });
  });

  it('the route ends with the Service, and the session stays', async () => {
    const { status } = await eventually('both sessions', standing);
    const before = status!.nodes!.map(({ since }) => since);
    await kubectl('delete', 'service', 'web');
    await eventuallyGateways(routerHost, `${address}/32`, [], { withinMs: 20_000 });
    assert.deepEqual(
      (await eventually('both sessions', standing)).status!.nodes!.map(({ since }) => since),
      before,
    );
  });

  it('agents that are removed for good withdraw their routes before they end', async () => {
    await stack.apply(loadBalancer('last'));
    address = await stack.addressOf('last');
    await eventuallyGateways(routerHost, `${address}/32`, addresses(stack.nodes), { withinMs: 20_000 });
    await kubectl('-n', 'openelb-system', 'delete', 'daemonset', 'openelb-agent', '--cascade=orphan', '--wait=false');
    for (const node of stack.nodes) node.agent().signal('SIGTERM');
    await eventuallyGateways(routerHost, `${address}/32`, [], { withinMs: 20_000 });
    assert.deepEqual(await router.paths(`${address}/32`), []);
    for (const node of stack.nodes)
      await eventually('its end', () => !node.agent().running(), {
        withinMs: 20_000,
        onTimeout: () => node.agent().log(),
      });
  });
});
