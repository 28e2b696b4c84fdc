// What fails in a cluster, each on the node that leads, while a client asks each address 25 times a second.
import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { eventually } from '../lab/eventually.js';
import type { RealNodes } from './lab/cluster.js';
import {
  addressOf,
  agentsProcess,
  clusterOrSkip,
  type Installed,
  installed,
  namespace,
  tellFailure,
} from './lab/installed.js';
import { losses, type Request, silentMs } from './lab/judge.js';
import { service } from './lab/objects.js';

/** Adverts come each 250 ms: three of them, and what the machine, busy with a whole cluster, is late with. */
const failoverMs = 2_000;
/** With the policy Local, no other node takes part in an answer, so that what is lost is the load balancer's loss. */
const judged = ['tcp', 'udp'] as const;

describe('the node that leads', function () {
  this.timeout(120_000);
  let cluster: RealNodes;
  let product: Installed;
  before(async function () {
    cluster = await clusterOrSkip(this);
    product = await installed(cluster);
  });
  after(() => product?.judge.end());
  afterEach(async function () {
    await tellFailure(this.currentTest, cluster);
  });

  /** Which of the judged ones a node leads. */
  const ledBy = async (node: string) => {
    const holders = await Promise.all(judged.map((name) => product.holderOf(name)));
    return judged.filter((_, at) => holders[at] === node);
  };
  const inNamespace = (...args: readonly string[]) => cluster.kubectl(['-n', namespace, ...args]);
  const leader = async () => (await product.holderOf('tcp')) ?? assert.fail('nobody leads');
  const ledByAnother = (than: string) =>
    eventually(
      `another leader than ${than}`,
      async () => {
        const holder = await product.holderOf('tcp');
        return holder !== undefined && holder !== than;
      },
      { withinMs: 45_000, everyMs: 200 },
    );
  /** Somebody else answers, after no longer than a failover takes. */
  const failsOver = (seen: ReadonlyMap<string, readonly Request[]>, from: string, led: readonly string[]) => {
    for (const name of led) {
      const ms = silentMs(seen, name);
      console.log(`      ${name}: silent for ${Math.round(ms)} ms`);
      assert.ok(ms < failoverMs, losses(seen).join('; '));
      assert.notEqual(seen.get(name)!.findLast(({ by }) => by !== undefined)!.by, from);
    }
  };
  const nothingIsLost = (seen: ReadonlyMap<string, readonly Request[]>) =>
    assert.deepEqual(losses(new Map(judged.map((name) => [name, seen.get(name)!]))), []);

  it('and runs the leading one of three controllers loses power: fails over, and another controller serves in 20 s', async () => {
    await inNamespace('scale', 'deployment/openelb-controller', '--replicas=3');
    await inNamespace('rollout', 'status', 'deployment/openelb-controller', '--timeout=60s');
    const node = await controllersNode();
    await makeLead(node);
    const led = judged;
    const seen = await product.judge.during(async () => {
      await cluster.cutPower(node);
      const began = performance.now();
      await cluster.apply(service({ name: 'new', pool: 'vip', protocol: 'TCP', policy: 'Local' }));
      await addressOf(cluster, 'new');
      const tookMs = performance.now() - began;
      console.log(`      a new Service had its address after ${Math.round(tookMs)} ms`);
      assert.ok(tookMs < 20_000, `${Math.round(tookMs)} ms`);
    });
    failsOver(seen, node, led);

    const returning = await product.judge.during(async () => {
      await cluster.bootAgain(node);
      await product.settled(90_000);
    });
    nothingIsLost(returning);
    await cluster.kubectl(['delete', 'service', 'new']);
  });

  it('is cut off from the API server with all others: goes on, fails over, and all is as before when it is back', async () => {
    await product.settled();
    const node = await leader();
    const led = await ledBy(node);
    const seen = await product.judge.during(async () => {
      const startAgain = await cluster.stopApiServer();
      await wait(4_000); // with what follows less than it takes Kubernetes to call every node NotReady
      process.kill(await agentsProcess(cluster, node), 'SIGKILL');
      await wait(3_000);
      await startAgain();
      await product.settled();
    });
    failsOver(seen, node, led);
  });

  it('is deleted from the cluster: another one leads, and nothing is lost', async () => {
    await product.settled();
    const node = await leader();
    const { metadata, spec } = await cluster.get<NodeObject>('node', node);
    nothingIsLost(
      await product.judge.during(async () => {
        await cluster.kubectl(['delete', 'node', node]);
        await ledByAnother(node);
      }),
    );
    const { name, labels } = metadata;
    await cluster.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, spec });
    await product.settled();
  });

  /** The node of the controller that leads. */
  async function controllersNode(): Promise<string> {
    const pod = await eventually('a controller that leads', async () => {
      const path = 'jsonpath={.spec.holderIdentity}';
      const identity = await inNamespace('get', 'lease', 'openelb-controller', '-o', path);
      const { items } = await cluster.get<{ items: readonly PodObject[] }>('-n', namespace, 'pods');
      return items.find(({ metadata }) => identity.startsWith(metadata.name));
    });
    return pod.spec.nodeName;
  }

  /** Has a node take over from whoever leads. */
  async function makeLead(node: string): Promise<void> {
    await product.settled();
    const others = cluster.nodes.filter((each) => each !== node);
    await cluster.kubectl(['cordon', ...others]);
    await eventually(`${node} leads`, async () => (await ledBy(node)).length === judged.length);
    await cluster.kubectl(['uncordon', ...others]);
    await product.settled();
  }
});

interface NodeObject {
  readonly metadata: { readonly name: string; readonly labels: object };
  readonly spec: object;
}

interface PodObject {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly nodeName: string };
}
