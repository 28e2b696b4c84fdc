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
const passwords = ['first-of-the-passwords', 'second-of-the-passwords'] as const;

describe('BGP with a real API server and a real router', function () {
  this.timeout(180_000);
  let stack: Stack;
  let routerHost: Host;
  let router: Router;
  /** A router that asks the nodes for a password. */
  let guard: Router;
  let capture: Capture;

  before(async () => {
    stack = await startStack(`e2ebgp${process.pid}`, { nodeCount: 2 });
    routerHost = await stack.lab.addHost('router', 1);
    router = await startRouter('frr', stack.lab.folder, routerHost, {
      as: 50_001,
      neighbors: [{ at: { range: '10.77.0.0/24' }, as: 50_000, bfd: { intervalMs: 300, multiplier: 3 } }],
    });
    const guardHost = await stack.lab.addHost('guard', 3);
    capture = startCapture(guardHost);
    guard = await startRouter('frr', stack.lab.folder, guardHost, {
      as: 50_001,
      neighbors: stack.nodes.map(({ host }) => ({
        at: { address: host.address },
        as: 50_000,
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
      metadata: { name: 'guard', namespace: 'openelb-system' },
      stringData: { password },
    });
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

  it('a session with a password waits for its Secret, and each problem of that is said with the remedy', async () => {
    const conf = { peerAs: 50_001, neighborAddress: guard.host.address, passwordSecret: { name: 'guard' } };
    await stack.apply({ apiVersion: api, kind: 'BgpPeer', metadata: { name: 'guard' }, spec: { conf } });
    const eventuallySaid = (reason: string, message: RegExp) =>
      eventually(`${reason} of each node`, async () => {
        const nodes = (await peer('guard')).status?.nodes ?? [];
        const said = nodes.filter(({ problem }) => problem?.reason === reason && message.test(problem.message));
        return said.length === stack.nodes.length;
      });
    await eventuallySaid(
      'SecretMissing',
      /no Secret guard in namespace openelb-system: make it.*spec\.conf\.passwordSecret/,
    );
    await secret(`${passwords[0]}\n`);
    await eventuallySaid(
      'SecretInvalid',
      /entry password of Secret guard in namespace openelb-system has a line break.*printf/,
    );
    await secret(passwords[0]);
    await eventuallyGateways(guard.host, `${address}/32`, addresses(stack.nodes), { withinMs: 30_000 });
    assert.deepEqual(
      (await standing('guard'))?.status?.nodes?.map(({ prefixesSent }) => prefixesSent),
      [1, 1],
    );
  });

  it('goes over to another password of the Secret, and has sent nothing that was not signed', async () => {
    const before = (await peer('guard')).status!.nodes!.map(({ since }) => since);
    for (const { host } of stack.nodes)
      await guard.ask('configure terminal\nrouter bgp 50001\nneighbor', host.address, 'password', passwords[1]);
    await secret(passwords[1]);
    await eventually('sessions anew', async () => {
      const nodes = (await standing('guard'))?.status?.nodes ?? [];
      return nodes.length === 2 && nodes.every(({ since }, i) => since !== before[i]);
    });
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
