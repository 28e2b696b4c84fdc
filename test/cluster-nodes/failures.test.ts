// What fails in a cluster, each on the node that leads, while a client asks each address 25 times a second.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { execa } from 'execa';
import { eventually } from '../lab/eventually.js';
import type { RealNodes } from './lab/cluster.js';
import { addressOf, clusterOrSkip, type Installed, installed, namespace, sayAll } from './lab/installed.js';
import { losses, type Request, silentMs } from './lab/judge.js';
import { service } from './lab/objects.js';

/** Adverts come each 100 ms: three of them, and what the machine, busy with a whole cluster, is late with. */
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
    if (this.currentTest?.state === 'failed') await sayAll(cluster);
  });

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
  const failsOver = (seen: ReadonlyMap<string, readonly Request[]>, from: string) => {
    for (const name of judged) {
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
    const seen = await product.judge.during(async () => {
      await cluster.cutPower(node);
      const began = performance.now();
      await cluster.apply(service({ name: 'new', pool: 'vip', protocol: 'TCP', policy: 'Local' }));
      await addressOf(cluster, 'new');
      const tookMs = performance.now() - began;
      console.log(`      a new Service had its address after ${Math.round(tookMs)} ms`);
      assert.ok(tookMs < 20_000, `${Math.round(tookMs)} ms`);
    });
    failsOver(seen, node);

    const returning = await product.judge.during(async () => {
      await cluster.bootAgain(node);
      await product.settled(90_000);
    });
    nothingIsLost(returning);
    assert.notEqual(await leader(), node);
    await cluster.kubectl(['delete', 'service', 'new']);
  });

  it('is killed for its memory: fails over, and the kubelet starts it again', async () => {
    await product.settled();
    const node = await leader();
    const pod = await product.agentOn(node);
    const seen = await product.judge.during(async () => {
      await exhaustMemory(node, pod);
      await ledByAnother(node);
    });
    failsOver(seen, node);
    await product.settled();
    const path = 'jsonpath={.status.containerStatuses[0].lastState.terminated.reason}';
    assert.equal(await inNamespace('get', 'pod', pod, '-o', path), 'OOMKilled');
  });

  it('is cut off from the API server with all others: goes on, fails over, and all is as before when it is back', async () => {
    await product.settled();
    const node = await leader();
    const seen = await product.judge.during(async () => {
      const startAgain = await cluster.stopApiServer();
      await wait(15_000);
      for (const pid of await cluster.processes(node, 'node')) {
        if ((await readFile(`/proc/${pid}/cmdline`, 'utf8')).includes('\0agent\0')) process.kill(pid, 'SIGKILL');
      }
      await wait(5_000);
      await startAgain();
      await product.settled();
    });
    failsOver(seen, node);
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

  it('loses its kubelet, and its agent lives: another one leads when the node is NotReady, and nothing is lost', async () => {
    await product.settled();
    const node = await leader();
    const [kubelet] = await cluster.processes(node, 'kubelet');
    assert.ok(kubelet !== undefined, `no kubelet on ${node}`);
    nothingIsLost(
      await product.judge.during(async () => {
        process.kill(kubelet, 'SIGSTOP');
        try {
          await ledByAnother(node);
        } finally {
          process.kill(kubelet, 'SIGCONT');
        }
        await product.settled();
      }),
    );
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
    await eventually(`${node} leads`, async () => (await leader()) === node);
    await cluster.kubectl(['uncordon', ...others]);
    await product.settled();
  }

  /**
   * Another process in the agent's container takes all the memory that the container may have. Of the two, the kernel is told to spare
   * that one.
   */
  async function exhaustMemory(node: string, pod: string): Promise<void> {
    const hoard =
      'setTimeout(() => { for (const all = []; ; ) all.push(Buffer.alloc(1 << 20, 1)); }, 2000); /* hoards */';
    const hoarding = execa('kubectl', ['-n', namespace, 'exec', pod, '--', '/nodejs/bin/node', '-e', hoard], {
      reject: false,
    });
    const spared = await eventually('the one that hoards', async () => {
      for (const pid of await cluster.processes(node, 'node'))
        if ((await readFile(`/proc/${pid}/cmdline`, 'utf8')).includes('hoards')) return pid;
      return undefined;
    });
    await writeFile(`/proc/${spared}/oom_score_adj`, '-1000');
    await hoarding;
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
