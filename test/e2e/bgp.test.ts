import assert from 'node:assert/strict';
import { join } from 'node:path';
import { execa } from 'execa';
import { projectRoot } from '../../scripts/tools/project-root.js';
import type { BgpPeer } from '../../src/api/bgp-peer.js';
import type { VipGroup } from '../../src/api/vip-group.js';
import { endpointSlice } from '../lab/endpoint-slice.js';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import type { Node } from '../lab/node.js';
import { startBird } from '../lab/routers/bird.js';
import { eventuallyGateways, watchRoutes } from '../lab/routers/kernel-routes.js';
import type { Router } from '../lab/routers/router.js';
import { startRouter } from '../lab/routers/start.js';
import { loadBalancer, localLoadBalancer, type Stack, startStack } from '../lab/stack.js';
import { metallb, openelb } from './documented-bgp.js';

const api = 'network.kubesphere.io/v1alpha2';
const passwords = ['first-of-the-passwords', 'second-of-the-passwords'] as const;
/** One that agents may read by default. */
const passwordSecret = 'openelb-bgp-passwords';
const conf = {
  apiVersion: api,
  kind: 'BgpConf',
  metadata: { name: 'default' },
  spec: { ...openelb.conf, drainWait: '2s' },
};

describe('BGP with a real API server and a real router', function () {
  this.timeout(180_000);
  let stack: Stack;
  let routerHost: Host;
  let router: Router;
  /** A router that asks the nodes for a password. */
  let guard: Router;
  let capture: Capture;

  before(async () => {
    stack = await startStack(`e2ebgp${process.pid}`, { nodeCount: 2, dualStack: true });
    routerHost = await stack.lab.addHost('router', 1);
    router = await startRouter('frr', stack.lab.folder, routerHost, {
      as: openelb.routerAs,
      neighbors: [{ at: { range: '10.77.0.0/24' }, as: openelb.conf.as, bfd: { intervalMs: 300, multiplier: 3 } }],
    });
    const guardHost = await stack.lab.addHost('guard', 7);
    capture = startCapture(guardHost);
    guard = await startRouter('frr', stack.lab.folder, guardHost, {
      as: openelb.routerAs,
      neighbors: stack.nodes.map(({ host }) => ({
        at: { address: host.address },
        as: openelb.conf.as,
        password: passwords[0],
        passive: true,
      })),
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
  const peer = async (name = 'bgppeer-sample') =>
    JSON.parse(await kubectl('get', 'bgppeer', name, '-o', 'json')) as BgpPeer;
  /** The BgpPeer once each node has a session that nothing is wrong with. */
  const standing = async (name?: string) => {
    const found = await peer(name);
    const well = found.status?.nodes?.filter(({ state, problem }) => state === 'Established' && !problem) ?? [];
    return well.length === stack.nodes.length ? found : undefined;
  };
  const secret = (password: string) =>
    stack.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: passwordSecret, namespace: 'openelb-system' },
      stringData: { guard: password },
    });
  const addresses = (nodes: readonly Node[]) => nodes.map(({ host }) => host.address);
  let address: string;

  it("OpenELB's documented example: the Service's address is in the router's kernel, through every node", async () => {
    await stack.apply(
      conf,
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
    const { status: ofConf } = JSON.parse(await kubectl('get', 'bgpconf', 'default', '-o', 'json'));
    assert.deepEqual(ofConf.nodesConfStatus.n1, { as: 50_000, routerId: stack.nodes[0]!.host.address });
    const group = await eventually('both members Announcing', async () => {
      const found = await stack.groupOf(address);
      return found.status?.members?.filter(({ state }) => state === 'Announcing').length === 2 ? found : undefined;
    });
    for (const member of group.status!.members!) assert.deepEqual([member.routers, member.routersWanted], [1, 1]);
  });

  it('a session with a password waits for its Secret, and each problem of that is said with the remedy', async () => {
    const conf = {
      peerAs: 50_001,
      neighborAddress: guard.host.address,
      passwordSecret: { name: passwordSecret, key: 'guard' },
    };
    await stack.apply({ apiVersion: api, kind: 'BgpPeer', metadata: { name: 'guard' }, spec: { conf } });
    const eventuallySaid = (reason: string, message: RegExp) =>
      eventually(`${reason} of each node`, async () => {
        const nodes = (await peer('guard')).status?.nodes ?? [];
        const said = nodes.filter(({ problem }) => problem?.reason === reason && message.test(problem.message));
        return said.length === stack.nodes.length;
      });
    await eventuallySaid(
      'SecretMissing',
      /no Secret openelb-bgp-passwords in namespace openelb-system: make it.* entry guard \(spec\.conf\.passwordSecret\)/,
    );
    await secret(`${passwords[0]}\n`);
    await eventuallySaid(
      'SecretInvalid',
      /entry guard of Secret openelb-bgp-passwords in namespace openelb-system has a line break.*printf/,
    );
    await secret(passwords[0]);
    await eventuallyGateways(guard.host, `${address}/32`, addresses(stack.nodes), { withinMs: 30_000 });
    await eventually('what each node says that it has sent', async () =>
      (await standing('guard'))?.status?.nodes?.every(({ prefixesSent }) => prefixesSent === 1),
    );
  });

  it('goes over to another password of the Secret, and has sent nothing that was not signed', async () => {
    const before = (await peer('guard')).status!.nodes!.map(({ since }) => since);
    for (const { host } of stack.nodes)
      await guard.ask('configure terminal\nrouter bgp 50001\nneighbor', host.address, 'password', passwords[1]);
    await secret(passwords[1]);
    // The kernel gives an attempt up after the hold time.
    await eventually(
      'sessions anew',
      async () => {
        const nodes = (await standing('guard'))?.status?.nodes ?? [];
        return nodes.length === 2 && nodes.every(({ since }, i) => since !== before[i]);
      },
      { withinMs: 60_000 },
    );
    await eventuallyGateways(guard.host, `${address}/32`, addresses(stack.nodes), { withinMs: 30_000 });
    const packets = await capture.stop();
    const sent = packets.filter(({ from }) => from !== guard.host.address);
    assert.ok(sent.length > 20, `${sent.length} packets`);
    assert.deepEqual(
      sent.filter(({ signed }) => !signed),
      [],
    );
    const shown = [
      await kubectl('get', 'bgppeers,vipgroups,events', '-A', '-o', 'yaml'),
      ...stack.nodes.map((node) => node.agent().log()),
    ].join('\n');
    for (const password of passwords) {
      assert.ok(!shown.includes(password));
      assert.ok(!shown.includes(Buffer.from(password).toString('base64')));
    }
    await kubectl('delete', 'bgppeer', 'guard');
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
    // Before routers hear of it, the other node does, and where it is reached: it is to be ready for its connections.
    const { items } = JSON.parse(await kubectl('get', 'vipgroups', '-o', 'json')) as { readonly items: VipGroup[] };
    const members = items.find(({ spec }) => spec.addresses.includes(address))?.spec.members ?? [];
    assert.deepEqual(
      members.map((member) => [member.address, member.lastResort]),
      stack.nodes.map((each) => [each.host.address, each === node ? 'Cordoned' : undefined]),
    );
    await eventuallyGateways(routerHost, `${address}/32`, [other.host.address], { withinMs: 20_000 });
    await eventually('the withdrawal', async () => (await router.paths(`${address}/32`)).length === 1, {
      withinMs: 20_000,
    });
    await kubectl('uncordon', node.name);
    await eventuallyGateways(routerHost, `${address}/32`, addresses(stack.nodes), { withinMs: 20_000 });
  });

  it('the route ends with the Service, and the session stays', async () => {
    const { status } = await eventually('both sessions', () => standing());
    const before = status!.nodes!.map(({ since }) => since);
    await kubectl('delete', 'service', 'web');
    await eventuallyGateways(routerHost, `${address}/32`, [], { withinMs: 20_000 });
    assert.deepEqual(
      (await eventually('both sessions', () => standing())).status!.nodes!.map(({ since }) => since),
      before,
    );
  });

  it('a node without an endpoint of a Local Service any more is out of the router at once, and was never marked', async () => {
    const [one, other] = stack.nodes as [Node, Node];
    const { kind } = stack.api;
    const both = stack.nodes.map((node) => ({ node: node.name }));
    await stack.apply(localLoadBalancer('local'), endpointSlice(kind, 'local', both));
    const prefix = `${await stack.addressOf('local')}/32`;
    await eventuallyGateways(routerHost, prefix, addresses(stack.nodes), { withinMs: 20_000 });
    await stack.apply(endpointSlice(kind, 'local', [{ node: one.name }]));
    const communities: string[] = [];
    await eventually('the withdrawal', async () => {
      const paths = await router.paths(prefix);
      communities.push(...paths.flatMap((path) => path.communities));
      return paths.every(({ from }) => from !== other.host.address);
    });
    assert.deepEqual(communities, []);
    await kubectl('delete', 'service/local', 'endpointslice/local');
  });

  it("the router of OpenELB's example, which connects to the nodes, has the ways from several sessions", async () => {
    const host = await stack.lab.addHost('bird', 3);
    const lines = openelb.bird(
      host,
      stack.nodes.map((node) => node.host),
    );
    await startBird(stack.lab.folder, host, { lines });
    await stack.apply(loadBalancer('web'), {
      apiVersion: api,
      kind: 'BgpPeer',
      metadata: { name: 'bird' },
      spec: { conf: { peerAs: openelb.routerAs, neighborAddress: host.address } },
    });
    address = await stack.addressOf('web');
    await eventuallyGateways(host, `${address}/32`, addresses(stack.nodes), { withinMs: 30_000 });
    await kubectl('delete', 'bgppeer/bird', 'service/web');
  });

  it("MetalLB's example, converted: the router has the addresses with their community, and the pool as a whole", async () => {
    const host = await stack.lab.addHost('tor', 4);
    const [myAsn, peerAsn] = [openelb.conf.as, 64_501];
    const tor = await startRouter('bird', stack.lab.folder, host, {
      as: peerAsn,
      neighbors: [{ at: { range: '10.77.0.0/24' }, as: myAsn }],
    });
    const list = { apiVersion: 'v1', kind: 'List', items: metallb(host, { myAsn, peerAsn }) };
    const { stdout } = await execa(process.execPath, [join(projectRoot(), 'dist', 'main.js'), 'convert', '-'], {
      input: JSON.stringify(list),
    });
    await stack.api.apply(['-f', '-'], { input: stdout });
    await stack.apply(loadBalancer('web', { 'eip.openelb.kubesphere.io/v1alpha2': 'bgppool' }));
    address = await stack.addressOf('web');
    assert.match(address, /^198\.51\.100\./);
    for (const prefix of [`${address}/32`, '198.51.100.0/24'])
      await eventuallyGateways(host, prefix, addresses(stack.nodes), { withinMs: 30_000 });
    const communities = async (prefix: string) => (await tor.paths(prefix)).map((path) => path.communities.join());
    assert.deepEqual(await communities(`${address}/32`), ['1234:1', '1234:1']);
    assert.deepEqual(await communities('198.51.100.0/24'), ['', '']);
    await kubectl('delete', 'bgppeer/from-metallb', 'service/web');
    await stack.apply(conf);
  });

  it('a Service of both families: each of its addresses goes through every node', async () => {
    const host = await stack.lab.addHost('both', 5);
    await startRouter('bird', stack.lab.folder, host, {
      as: openelb.routerAs,
      neighbors: [{ at: { range: '10.77.0.0/24' }, as: openelb.conf.as }],
    });
    const afiSafis = ['AFI_IP', 'AFI_IP6'].map((afi) => ({ config: { family: { afi, safi: 'SAFI_UNICAST' } } }));
    const service = loadBalancer('both', { 'eip.openelb.kubesphere.io/v1alpha2': 'both' }) as { readonly spec: object };
    await stack.apply(
      {
        apiVersion: api,
        kind: 'BgpPeer',
        metadata: { name: 'both' },
        spec: { conf: { peerAs: openelb.routerAs, neighborAddress: host.address }, afiSafis },
      },
      {
        apiVersion: api,
        kind: 'Eip',
        metadata: { name: 'both' },
        spec: { address: '203.0.113.0/24, 2001:db8:1::/120' },
      },
      { ...service, spec: { ...service.spec, ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv4', 'IPv6'] } },
    );
    const all = await eventually('an address of each family', async () => {
      const path = 'jsonpath={.status.loadBalancer.ingress[*].ip}';
      const found = (await kubectl('get', 'service', 'both', '-o', path)).split(' ');
      return found.length === 2 && found;
    });
    const [ip = '', ip6 = ''] = all;
    await eventuallyGateways(host, `${ip}/32`, addresses(stack.nodes), { withinMs: 30_000 });
    const gateways6 = stack.nodes.map((node) => node.host.address6);
    await eventuallyGateways(host, `${ip6}/128`, gateways6, { withinMs: 30_000 });
    await kubectl('delete', 'bgppeer/both', 'service/both');
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

/** What comes and goes at TCP port 179 of a host. */
interface Capture {
  /** Ends it: who sent each packet, and whether it carried a signature of TCP-MD5. */
  stop(): Promise<readonly { readonly from: string; readonly signed: boolean; readonly text: string }[]>;
}

function startCapture(host: Host): Capture {
  const tcpdump = host.start('tcpdump', 'tcpdump', ['-lnni', 'eth0', 'tcp', 'port', '179']);
  const lines: string[] = [];
  tcpdump.onLine((line) => lines.push(line));
  return {
    async stop() {
      tcpdump.signal('SIGTERM');
      await tcpdump.exited;
      return lines.flatMap((text) => {
        const from = / IP ([\d.]+)\.\d+ > /.exec(text)?.[1];
        return from === undefined ? [] : [{ from, signed: /\bmd5\b/.test(text), text }];
      });
    },
  };
}
