import { setTimeout as wait } from 'node:timers/promises';
import { run } from '../../test/lab/command.js';
import { answeredByAnother } from '../../test/lab/election.js';
import type { Node } from '../../test/lab/node.js';
import { type Prober, startProber } from '../../test/lab/prober.js';
import { eventuallyGateways } from '../../test/lab/routers/kernel-routes.js';
import type { Router } from '../../test/lab/routers/router.js';
import { lengthOf, outageOf, type Silence } from '../../test/lab/silence.js';
import type { Stack } from '../../test/lab/stack.js';
import type { Commands } from './commands.js';
import { playgroundPool, playgroundService, poolName, serviceName } from './pool.js';
import { nodesAs, routerAs } from './router.js';
import { refusedDeletion } from './tour.js';

/** The line that `--once --mode bgp` ends with. */
export interface BgpTourResult {
  readonly mode: 'bgp';
  readonly vip: string;
  /** How many of the client's requests each node answered while all announced. */
  readonly answeredBy: Readonly<Record<string, number>>;
  /** The node that was cordoned, and how many requests were lost by that. */
  readonly drained: string;
  readonly lostByDrain: number;
  /** The node whose cable was cut, how long its flow was not answered, and how many requests were lost. */
  readonly cut: string;
  readonly failoverMs: number;
  readonly requestsLost: number;
  /** What the API server said to deleting the pool. */
  readonly refusal: string;
}

/** How many requests show how they are spread. */
const requests = 20;

/**
 * The main job by BGP, told as it happens: every node announces, the router spreads, a node is drained without a loss, another one's
 * cable is cut.
 * @throws Error with the reason when a part of it does not happen.
 */
export async function bgpTour(
  stack: Stack,
  router: Router,
  o: { interval: string; commands: Commands; say: (text: string) => void },
): Promise<BgpTourResult> {
  const { say, commands } = o;
  const { kubectl } = stack.api;
  const show = async (...args: string[]) => say(`\n$ kubectl ${args.join(' ')}\n${await kubectl(args)}`);

  say('\n* how nodes and router speak, a pool of addresses in bgp mode, and a Service that asks for one');
  await stack.apply(...speakers(router), playgroundPool({ mode: 'bgp', interval: o.interval }), playgroundService());
  const vip = await stack.addressOf(serviceName);
  /** Waits until the router sends to these nodes. */
  const ways = (nodes: readonly Node[], withinMs = 30_000) => {
    const addresses = nodes.map(({ host }) => host.address);
    return eventuallyGateways(router.host, `${vip}/32`, addresses, { withinMs });
  };
  await ways(stack.nodes);
  await kubectl(['wait', '--for=jsonpath={.status.usage}=1', `eip/${poolName}`, '--timeout=20s']);
  const all = `${stack.nodes.length}/${stack.nodes.length}`;
  await kubectl(['wait', `--for=jsonpath={.status.established}=${all}`, 'bgppeer/router', '--timeout=20s']);
  await show('get', 'eip');
  await show('get', 'bgppeers');
  await show('get', 'vipgroups');
  await show('get', 'svc', serviceName);
  say(`$ ip -n ${router.host.namespace} route show ${vip}`);
  say(await router.host.run('ip', ['route', 'show', vip]));

  const answeredBy: Record<string, number> = {};
  for (let sent = 0; sent < requests; sent += 1) {
    const [node = 'nobody'] = (await run(commands.get, [`http://${vip}/`])).split(' ');
    answeredBy[node] = (answeredBy[node] ?? 0) + 1;
  }
  const shares = Object.entries(answeredBy).toSorted();
  say(`* of ${requests} requests ${shares.map(([name, count]) => `${name} answered ${count}`).join(', ')}`);

  say(`\n$ kubectl delete eip ${poolName}`);
  const refusal = await refusedDeletion(stack);
  say(refusal);

  say('\n* a thousand requests a second run from the client, in one flow; the node that has it is cordoned');
  const drain = await watched(stack, vip, async (node) => {
    await kubectl(['cordon', node.name]);
    await ways(stack.nodes.filter((each) => each !== node));
  });
  say(`* ${drain.node.name} is left by the router: ${drain.outage?.lost ?? 0} requests lost`);
  await kubectl(['uncordon', drain.node.name]);
  await ways(stack.nodes);

  say('* now the cable of the node that has the flow is cut');
  const cut = await watched(stack, vip, async (node, prober) => {
    await node.host.cable.cut();
    await answeredByAnother(prober, node);
    await ways(stack.nodes.filter((each) => each !== node));
  });
  if (cut.outage?.to === undefined)
    throw new Error(`the cable of ${cut.node.name} was cut, and nothing was lost by it`);
  const failoverMs = Math.round(lengthOf(cut.outage) / 100) / 10;
  say(
    `* ${vip} was silent for ${failoverMs} ms (${cut.outage.lost} requests lost): BFD has found ${cut.node.name} dead`,
  );
  await show('get', 'bgppeers');
  await cut.node.host.cable.heal();
  await ways(stack.nodes, 60_000);
  return {
    mode: 'bgp',
    vip,
    answeredBy,
    drained: drain.node.name,
    lostByDrain: drain.outage?.lost ?? 0,
    cut: cut.node.name,
    failoverMs,
    requestsLost: cut.outage.lost,
    refusal,
  };
}

function speakers(router: Router): readonly object[] {
  const apiVersion = 'network.kubesphere.io/v1alpha2';
  return [
    { apiVersion, kind: 'BgpConf', metadata: { name: 'default' }, spec: { as: nodesAs, drainWait: '2s' } },
    {
      apiVersion,
      kind: 'BgpPeer',
      metadata: { name: 'router' },
      spec: { conf: { neighborAddress: router.host.address, peerAs: routerAs }, bfd: {} },
    },
  ];
}

/** Does something to the node that answers one flow, and tells what the client saw of it. */
async function watched(
  stack: Stack,
  vip: string,
  act: (node: Node, prober: Prober) => Promise<void>,
): Promise<{ readonly node: Node; readonly outage: Silence | undefined }> {
  const prober = startProber(stack.client, vip);
  try {
    const { by } = await prober.answered();
    const node = stack.nodes.find(({ name }) => name === by);
    if (node === undefined) throw new Error(`${vip} is answered by ${by}, which is no node`);
    await wait(300);
    await act(node, prober);
    await wait(500);
    return { node, outage: outageOf(await prober.stop()) };
  } finally {
    await prober.stop();
  }
}
