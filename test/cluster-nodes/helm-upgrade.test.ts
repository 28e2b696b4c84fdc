// From the release before to this one, chart and image, by what a user types.
import assert from 'node:assert/strict';
import { imageName } from '../../scripts/packaging/image.js';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { besideEmpty } from './lab/beside.js';
import { namespace, served } from './lab/installed.js';
import { losses } from './lab/judge.js';
import { previousChart, previousTag } from './lab/previous.js';

besideEmpty('a real cluster with the release before', (o) => {
  it('is upgraded by helm, agents and controller, and nothing is lost', async () => {
    const inNamespace = ['-n', namespace];
    const previous = ['--create-namespace', '--set', `global.tag=${previousTag}`];
    await o.cluster.helm(['install', 'openelb', previousChart, ...inNamespace, ...previous]);
    const product = await served(o.cluster);
    try {
      await rolledOut();
      assert.deepEqual(await images(), [await imageName(previousTag)]);
      const seen = await product.judge.during(async () => {
        await o.cluster.helm(['upgrade', 'openelb', projectRoot(), ...inNamespace, '--reset-values']);
        await rolledOut();
        await product.settled();
      });
      assert.deepEqual(losses(seen), []);
      assert.deepEqual(await images(), [await imageName()]);
    } finally {
      product.judge.end();
    }
  });

  /**
   * Every Pod is available, which takes an agent five seconds: of those that are not, Kubernetes replaces all at once. A kubelet 1.20 may
   * take a minute and a half until it says that a Pod has ended.
   */
  async function rolledOut(): Promise<void> {
    for (const program of ['deployment/openelb-controller', 'daemonset/openelb-agent'])
      await o.cluster.kubectl(['-n', namespace, 'rollout', 'status', program, '--timeout=180s']);
  }

  /** What the Pods of both programs run, each image once. */
  async function images(): Promise<readonly string[]> {
    const path = 'jsonpath={.items[*].spec.containers[*].image}';
    const found = await o.cluster.kubectl(['-n', namespace, 'get', 'pods', '-l', 'app=openelb', '-o', path]);
    return [...new Set(found.split(' '))];
  }
});
