// What else fails in a cluster, each on the node that leads, while a client asks each address 25 times a second.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { execa } from 'execa';
import type { RealNodes } from '../lab/cluster.js';
import { addressOf, clusterOrSkip, type Installed, installed, namespace, tellFailure } from '../lab/installed.js';
import { agentsProcess, failsOver, leaderOf, ledBy, movesFrom, nothingIsLost } from '../lab/leading.js';
import { service } from '../lab/objects.js';

/** How long there is no API server: long enough for each watch, Lease and token of a Pod to be due in it. */
const awayMs = 120_000;

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

  it('is killed for its memory: fails over, and the kubelet starts it again', async () => {
    await product.settled();
    const node = await leaderOf(product);
    const led = await ledBy(product, node);
    const pod = await product.agentOn(node);
    const seen = await product.judge.during(async () => {
      await exhaustMemory(node, pod);
      await movesFrom(product, node);
    });
    failsOver(seen, node, led);
    await product.settled();
    const path = 'jsonpath={.status.containerStatuses[0].lastState.terminated.reason}';
    assert.equal(await cluster.kubectl(['-n', namespace, 'get', 'pod', pod, '-o', path]), 'OOMKilled');
  });

  it('is cut off from the API server with all others for two minutes: nothing is lost, it fails over, and new Services are served soon after', async function () {
    this.timeout(awayMs + 120_000);
    await product.settled();
    const node = await leaderOf(product);
    const led = await ledBy(product, node);
    let startAgain = async () => {};
    nothingIsLost(
      await product.judge.during(async () => {
        startAgain = await cluster.stopApiServer();
        await wait(awayMs - 10_000);
      }),
    );
    const seen = await product.judge.during(async () => {
      process.kill(await agentsProcess(product, node), 'SIGKILL');
      await wait(10_000);
    });
    failsOver(seen, node, led);
    const returning = await product.judge.during(async () => {
      await startAgain();
      await cluster.apply(service({ name: 'late', pool: 'vip', protocol: 'TCP', policy: 'Local' }));
      const began = performance.now();
      await addressOf(cluster, 'late', 60_000);
      console.log(`      a new Service had its address after ${Math.round(performance.now() - began)} ms`);
      await product.settled();
    });
    nothingIsLost(returning);
    await cluster.kubectl(['delete', 'service', 'late']);
  });

  it('is deleted from the cluster: another one leads, and nothing is lost', async () => {
    await product.settled();
    const node = await leaderOf(product);
    const { metadata, spec } = await cluster.get<NodeObject>('node', node);
    nothingIsLost(
      await product.judge.during(async () => {
        await cluster.kubectl(['delete', 'node', node]);
        await movesFrom(product, node);
      }),
    );
    const { name, labels } = metadata;
    await cluster.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, spec });
    await product.settled();
  });

  it('loses its kubelet, and its agent lives: another one leads when the node is NotReady, and nothing is lost', async () => {
    await product.settled();
    const node = await leaderOf(product);
    const [kubelet] = await cluster.processes(node, 'kubelet');
    assert.ok(kubelet !== undefined, `no kubelet on ${node}`);
    nothingIsLost(
      await product.judge.during(async () => {
        process.kill(kubelet, 'SIGSTOP');
        try {
          await movesFrom(product, node);
        } finally {
          process.kill(kubelet, 'SIGCONT');
        }
        await product.settled();
      }),
    );
  });

  /**
   * Another process in the agent's container takes all the memory that the container may have. Of the two, the kernel is told to kill the
   * agent, which would else be spared as the smaller one; all that is in the container ends with it.
   */
  async function exhaustMemory(node: string, pod: string): Promise<void> {
    await writeFile(`/proc/${await agentsProcess(product, node)}/oom_score_adj`, '1000');
    const hoard = 'for (const all = []; ; ) all.push(Buffer.alloc(1 << 20, 1));';
    await execa('kubectl', ['-n', namespace, 'exec', pod, '--', '/nodejs/bin/node', '-e', hoard], { reject: false });
  }
});

interface NodeObject {
  readonly metadata: { readonly name: string; readonly labels: object };
  readonly spec: object;
}
