// Power loss of the node that leads, and its return, while a client asks each address 25 times a second.
import assert from 'node:assert/strict';
import type { RealNodes } from './lab/cluster.js';
import { addressOf, clusterOrSkip, type Installed, installed, namespace, tellFailure } from './lab/installed.js';
import { controllersNode, failsOver, judged, makeLead, nothingIsLost } from './lab/leading.js';
import { service } from './lab/objects.js';

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

  it('and runs the leading one of three controllers loses power: fails over, and another controller serves in 20 s', async () => {
    const controller = ['-n', namespace, 'deployment/openelb-controller'];
    await cluster.kubectl(['scale', ...controller, '--replicas=3']);
    await cluster.kubectl(['rollout', 'status', ...controller, '--timeout=60s']);
    const node = await controllersNode(product);
    await makeLead(product, node);
    const seen = await product.judge.during(async () => {
      await cluster.cutPower(node);
      const began = performance.now();
      await cluster.apply(service({ name: 'new', pool: 'vip', protocol: 'TCP', policy: 'Local' }));
      await addressOf(cluster, 'new');
      const tookMs = performance.now() - began;
      console.log(`      a new Service had its address after ${Math.round(tookMs)} ms`);
      assert.ok(tookMs < 20_000, `${Math.round(tookMs)} ms`);
    });
    failsOver(seen, node, judged);

    const returning = await product.judge.during(async () => {
      await cluster.bootAgain(node);
      await product.settled(90_000);
    });
    nothingIsLost(returning);
    await cluster.kubectl(['delete', 'service', 'new']);
  });
});
