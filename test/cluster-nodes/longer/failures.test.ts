// What else fails in a cluster, each on the node that leads, while a client asks each address 25 times a second.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { execa } from 'execa';
import { besideInstalled } from '../lab/beside.js';
import { addressOf, agentsProcess, namespace } from '../lab/installed.js';
import { failsOver, leaderOf, ledBy, movesFrom, nothingIsLost } from '../lab/leading.js';
import { service } from '../lab/objects.js';

/** How long there is no API server: long enough for each watch, Lease and token of a Pod to be due in it. */
const awayMs = 120_000;

besideInstalled('the node that leads', (o) => {
  it('is killed for its memory: fails over, and the kubelet starts it again', async () => {
    await o.product.settled();
    const node = await leaderOf(o.product);
    const led = await ledBy(o.product, node);
    const pod = await o.product.agentOn(node);
    const seen = await o.product.judge.during(async () => {
      await exhaustMemory(node, pod);
      await movesFrom(o.product, node);
    });
    failsOver(seen, node, led);
    await o.product.settled();
    const path = 'jsonpath={.status.containerStatuses[0].lastState.terminated.reason}';
    assert.equal(await o.cluster.kubectl(['-n', namespace, 'get', 'pod', pod, '-o', path]), 'OOMKilled');
  });

  it('is cut off from the API server with all others for two minutes: nothing is lost, it fails over, and new Services are served soon after', async function () {
    this.timeout(awayMs + 120_000);
    await o.product.settled();
    const node = await leaderOf(o.product);
    const led = await ledBy(o.product, node);
    let startAgain = async () => {};
    nothingIsLost(
      await o.product.judge.during(async () => {
        startAgain = await o.cluster.stopApiServer();
        await wait(awayMs - 10_000);
      }),
    );
    const seen = await o.product.judge.during(async () => {
      process.kill(await agentsProcess(o.product.cluster, node), 'SIGKILL');
      await wait(10_000);
    });
    failsOver(seen, node, led);
    const returning = await o.product.judge.during(async () => {
      await startAgain();
      await o.cluster.apply(service({ name: 'late', pool: 'vip', protocol: 'TCP', policy: 'Local' }));
      const began = performance.now();
      await addressOf(o.cluster, 'late', 60_000);
      console.log(`      a new Service had its address after ${Math.round(performance.now() - began)} ms`);
      await o.product.settled();
    });
    nothingIsLost(returning);
    await o.cluster.kubectl(['delete', 'service', 'late']);
  });

  it('is deleted from the cluster: another one leads, and nothing is lost', async () => {
    await o.product.settled();
    const node = await leaderOf(o.product);
    const { metadata, spec } = await o.cluster.get<NodeObject>('node', node);
    nothingIsLost(
      await o.product.judge.during(async () => {
        await o.cluster.kubectl(['delete', 'node', node]);
        await movesFrom(o.product, node);
      }),
    );
    const { name, labels } = metadata;
    await o.cluster.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, spec });
    await o.product.settled();
  });

  it('loses its kubelet, and its agent lives: another one leads when the node is NotReady, and nothing is lost', async () => {
    await o.product.settled();
    const node = await leaderOf(o.product);
    const [kubelet] = await o.cluster.processes(node, 'kubelet');
    assert.ok(kubelet !== undefined, `no kubelet on ${node}`);
    nothingIsLost(
      await o.product.judge.during(async () => {
        process.kill(kubelet, 'SIGSTOP');
        try {
          await movesFrom(o.product, node);
        } finally {
          process.kill(kubelet, 'SIGCONT');
        }
        await o.product.settled();
      }),
    );
  });

  /**
   * Another process in the agent's container takes all the memory that the container may have. Of the two, the kernel is told to kill the
   * agent, which would else be spared as the smaller one; all that is in the container ends with it.
   */
  async function exhaustMemory(node: string, pod: string): Promise<void> {
    await writeFile(`/proc/${await agentsProcess(o.product.cluster, node)}/oom_score_adj`, '1000');
    const hoard = 'for (const all = []; ; ) all.push(Buffer.alloc(1 << 20, 1));';
    await execa('kubectl', ['-n', namespace, 'exec', pod, '--', '/nodejs/bin/node', '-e', hoard], { reject: false });
  }
});

interface NodeObject {
  readonly metadata: { readonly name: string; readonly labels: object };
  readonly spec: object;
}
