// Power loss of the node that leads, and its return, while a client asks each address 25 times a second.
import assert from 'node:assert/strict';
import { besideInstalled } from '../lab/beside.js';
import { addressOf, namespace } from '../lab/installed.js';
import { controllersNode, failsOver, judged, makeLead, nothingIsLost } from '../lab/leading.js';
import { service } from '../lab/objects.js';

besideInstalled('the node that leads', (o) => {
  it('and runs the leading one of three controllers loses power: fails over, and another controller serves in 20 s', async () => {
    const controller = ['-n', namespace, 'deployment/openelb-controller'];
    await o.cluster.kubectl(['scale', ...controller, '--replicas=3']);
    await o.cluster.kubectl(['rollout', 'status', ...controller, '--timeout=60s']);
    const node = await controllersNode(o.product);
    await makeLead(o.product, node);
    const seen = await o.product.judge.during(async () => {
      await o.cluster.cutPower(node);
      const began = performance.now();
      await o.cluster.apply(service({ name: 'new', pool: 'vip', protocol: 'TCP', policy: 'Local' }));
      await addressOf(o.cluster, 'new');
      const tookMs = performance.now() - began;
      console.log(`      a new Service had its address after ${Math.round(tookMs)} ms`);
      assert.ok(tookMs < 20_000, `${Math.round(tookMs)} ms`);
    });
    failsOver(seen, node, judged);

    const returning = await o.product.judge.during(async () => {
      await o.cluster.bootAgain(node);
      await o.product.settled(90_000);
    });
    nothingIsLost(returning);
    await o.cluster.kubectl(['delete', 'service', 'new']);
  });
});
