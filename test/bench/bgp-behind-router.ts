/**
 * What clients behind a router lose while the agents of a cluster are restarted, updated, drained, killed and cut off: an API server, the
 * controller, agents, kube-proxy on each node, and Pods as namespaces; FRR and then BIRD as the router, with ECMP. A client behind the
 * router sends 1000 requests a second, each a flow of its own. Prints the table of docs/benchmarks/bgp.md.
 *
 *   node scripts/compile.mjs && node scripts/build.mjs &&
 *     KUBEBUILDER_ASSETS=… node build/test/bench/bgp-behind-router.js [--routers frr,bird] [--trials 3] [--only TEXT]     as root
 */
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { BgpPeer } from '../../src/api/bgp-peer.js';
import { monotonicMicros } from '../lab/clock.js';
import { eventually } from '../lab/eventually.js';
import { findKubeProxy, startKubeProxy } from '../lab/kube-proxy.js';
import type { Node } from '../lab/node.js';
import { startPods } from '../lab/pod.js';
import { startProber } from '../lab/prober.js';
import { eventuallyGateways, watchRoutes } from '../lab/routers/kernel-routes.js';
import { objectsFor, startRouterOf } from '../lab/routers/of-stack.js';
import { putBehind } from '../lab/routers/outside.js';
import { routerVersion } from '../lab/routers/packages.js';
import type { Router, RouterKind } from '../lab/routers/router.js';
import { servicePorts, serviceWithPods } from '../lab/service-with-pods.js';
import type { Probe } from '../lab/silence.js';
import { type Stack, startStack } from '../lab/stack.js';
import { figure, table } from './statistics.js';

const { values } = parseArgs({
  options: {
    routers: { type: 'string', default: 'frr,bird' },
    trials: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
  },
});
const pool = '198.51.100.0/24';
const excluded = 'node.kubernetes.io/exclude-from-external-load-balancers';

interface Arena {
  readonly stack: Stack;
  readonly router: Router;
  readonly prefix: string;
  readonly address: string;
}

/** Each is done to the last node, which no Pod is on: what is lost is lost on the way, not with a Pod. */
const deeds: Readonly<Record<string, (arena: Arena) => Promise<void>>> = {
  'nothing happens': () => wait(5000),
  'an agent is started again (SIGTERM)': (arena) => startedAgain(arena, lastOf(arena)),
  'all agents are updated, one after the other': async (arena) => {
    for (const node of arena.stack.nodes) await startedAgain(arena, node);
  },
  'a node is drained (cordon, then the exclude label), and comes back': async ({ stack, router, prefix }) => {
    const { name } = lastOf({ stack });
    await stack.api.kubectl(['cordon', name]);
    await waysTo(router, prefix, stack.nodes.slice(0, -1));
    await stack.api.kubectl(['label', 'node', name, `${excluded}=`]);
    await eventually('the withdrawal', async () => (await router.paths(prefix)).length === stack.nodes.length - 1, {
      withinMs: 30_000,
    });
    await stack.api.kubectl(['label', 'node', name, `${excluded}-`]);
    await stack.api.kubectl(['uncordon', name]);
    await waysTo(router, prefix, stack.nodes);
  },
  'an agent is killed (SIGKILL), and started again after 3 s': async (arena) => {
    const node = lastOf(arena);
    await ended(node, 'SIGKILL');
    await wait(3000);
    await startedWith(arena, node);
  },
  'a node is cut off silently': async ({ stack, router, prefix }) => {
    await lastOf({ stack }).host.cable.cutSilently();
    await waysTo(router, prefix, stack.nodes.slice(0, -1));
    await wait(1000);
  },
};

function lastOf({ stack }: Pick<Arena, 'stack'>): Node {
  return stack.nodes.at(-1)!;
}

function waysTo(router: Router, prefix: string, nodes: readonly Node[]): Promise<void> {
  const addresses = nodes.map(({ host }) => host.address);
  return eventuallyGateways(router.host, prefix, addresses, { withinMs: 60_000 });
}

async function ended(node: Node, signal: NodeJS.Signals): Promise<void> {
  const agent = node.agent();
  agent.signal(signal);
  await agent.exited;
}

/** As the DaemonSet does with its Pods: the next one is ended when the session of this one stands again. */
async function startedAgain(arena: Arena, node: Node): Promise<void> {
  await ended(node, 'SIGTERM');
  await startedWith(arena, node);
}

async function startedWith({ stack, router, prefix }: Arena, node: Node): Promise<void> {
  const since = async () =>
    (JSON.parse(await stack.api.kubectl(['get', 'bgppeer', 'router', '-o', 'json'])) as BgpPeer).status?.nodes?.find(
      (each) => each.node === node.name && each.state === 'Established',
    )?.since;
  const before = await since();
  node.startAgent();
  await eventually(
    `a new session of ${node.name}`,
    async () => {
      const now = await since();
      return now !== undefined && now !== before;
    },
    { withinMs: 60_000, everyMs: 200, onTimeout: () => node.agent().log() },
  );
  await eventually('its routes to be told anew', async () => {
    const path = (await router.paths(prefix)).find(({ nextHop }) => nextHop === node.host.address);
    return path !== undefined && path.stale !== true;
  });
  await wait(2000); // routes that were kept and not told again go by now
}

async function openArena(kind: RouterKind): Promise<Arena> {
  const kubeProxy = findKubeProxy();
  if (kubeProxy === undefined) throw new Error('KUBEBUILDER_ASSETS names no folder with a kube-proxy');
  const stack = await startStack(`bgprouter${process.pid}`);
  try {
    const host = await stack.lab.addHost('router', 1);
    const nodes = stack.nodes.map((node) => node.host);
    await putBehind(host, stack.client, { destinations: [pool], nodes });
    const router = await startRouterOf(stack, kind, host);
    const pods = await startPods({ lab: stack.lab.name, folder: stack.lab.folder, nodes });
    for (const node of nodes) await startKubeProxy(kubeProxy, node, stack.api);
    const behind = pods.slice(0, -1);
    await stack.apply(
      ...objectsFor(host, pool),
      ...serviceWithPods({
        name: 'web',
        pool: 'pool',
        family: 'IPv4',
        policy: 'Cluster',
        behind,
        port: servicePorts.probe,
      }),
    );
    const address = await stack.addressOf('web');
    const prefix = `${address}/32`;
    await waysTo(router, prefix, stack.nodes);
    await eventually('BFD with each node', async () => {
      const neighbors = await router.neighbors();
      return nodes.every((node) => neighbors.some((each) => each.address === node.address && each.bfd === 'Up'));
    });
    const prober = startProber(stack.client, address);
    await prober.answered();
    await prober.stop();
    return { stack, router, prefix, address };
  } catch (error) {
    stack.lab.close();
    throw error;
  }
}

interface Outcome {
  readonly sent: number;
  readonly lost: number;
  /** From the sending of the first lost request to that of the last. */
  readonly outageMs: number;
  readonly routeEvents: number;
  readonly tookMs: number;
}

async function tried(arena: Arena, deed: (arena: Arena) => Promise<void>): Promise<Outcome> {
  const { stack, router, prefix, address } = arena;
  const monitor = await watchRoutes(router.host, [prefix]);
  const prober = startProber(stack.client, address, 1000, 'each');
  await prober.answered();
  await wait(1000);
  const at = monotonicMicros();
  await deed(arena);
  const tookMs = (monotonicMicros() - at) / 1000;
  await wait(1000);
  const probes = await prober.stop();
  await monitor.stop();
  const lost = probes.filter(({ answeredAt }) => answeredAt === undefined);
  await restore(arena);
  return { sent: probes.length, lost: lost.length, outageMs: span(lost), routeEvents: monitor.events.length, tookMs };
}

function span(probes: readonly Probe[]): number {
  return probes.length === 0 ? 0 : (probes.at(-1)!.sentAt - probes[0]!.sentAt) / 1000;
}

async function restore({ stack, router, prefix }: Arena): Promise<void> {
  await lastOf({ stack }).host.cable.heal();
  await waysTo(router, prefix, stack.nodes);
  await eventually('BFD with each node', async () => {
    const up = (await router.neighbors()).filter(({ bfd, state }) => bfd === 'Up' && state === 'Established');
    return up.length === stack.nodes.length;
  });
  await wait(3000);
}

const trials = Number(values.trials);
for (const kind of values.routers.split(',') as RouterKind[]) {
  const arena = await openArena(kind);
  const rows: string[][] = [];
  try {
    for (const [name, deed] of Object.entries(deeds)) {
      if (!name.includes(values.only)) continue;
      const outcomes: Outcome[] = [];
      for (let trial = 0; trial < trials; trial += 1) outcomes.push(await tried(arena, deed));
      const each = (of: (outcome: Outcome) => number) => outcomes.map((outcome) => figure(of(outcome))).join(', ');
      rows.push([
        name,
        String(outcomes.reduce((sum, { sent }) => sum + sent, 0)),
        outcomes.map(({ lost }) => lost).join(', '),
        each(({ outageMs }) => outageMs),
        outcomes.map(({ routeEvents }) => routeEvents).join(', '),
      ]);
      process.stderr.write(`${kind}: ${rows.at(-1)!.join(' | ')}; took ${each(({ tookMs }) => tookMs)} ms\n`);
    }
  } finally {
    arena.stack.lab.close();
  }
  console.log(`\nrouter ${kind} ${await routerVersion(kind)}, ${trials} trials each`);
  console.log(table(['what happens', 'requests', 'lost', 'first lost to last, ms', 'changes of the route'], rows));
}
process.exit(0);
