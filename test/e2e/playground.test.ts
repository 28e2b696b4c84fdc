import assert from 'node:assert/strict';
import { playgroundOfTest } from '../lab/playground.js';
import { requireRouters } from '../lab/routers/packages.js';

describe('the playground', function () {
  this.timeout(180_000);
  const start = playgroundOfTest();

  for (const mode of ['vip', 'layer2'] as const) {
    it(`--once --mode ${mode}: shows an address move, who answers ARP for it, and a refusal; nothing is left of it`, async () => {
      const one = start(['--once', '--mode', mode, '--interval', '100ms']);
      assert.equal(await one.ended, 0, one.stderr());
      const result = JSON.parse(one.stdout());
      assert.equal(one.stdout().trim().split('\n').length, 1);
      assert.equal(result.mode, mode);
      assert.match(result.vip, /^10\.77\.0\.1(2[89]|3[0-9]|4[0-3])$/);
      assert.notEqual(result.holderAfter, result.holderBefore);
      assert.deepEqual([result.arpBefore, result.arpAfter], [result.holderBefore, result.holderAfter]);
      assert.ok(result.failoverMs > 0 && result.requestsLost > 0, one.stdout());
      assert.match(
        result.refusal,
        /admission webhook "validate\.eip\.network\.kubesphere\.io" denied the request: Eip playground: status\.used: Service default\/playground-web has /,
      );
      for (const when of ['before: ', 'after:  '])
        assert.match(
          one.stderr(),
          new RegExp(
            `${when}the client's ARP table: ${result.vip} is at [0-9a-f:]{17}, the NIC of n[1-3]; n[1-3] answers`,
          ),
        );
      assert.deepEqual(one.leftovers(), []);
    });
  }

  it('--once --mode bgp: shows a router that spreads requests, a drain without a loss, and a cut', async function () {
    await requireRouters(this, 'bird');
    const one = start(['--once', '--mode', 'bgp']);
    assert.equal(await one.ended, 0, one.stderr());
    const result = JSON.parse(one.stdout());
    assert.equal(result.mode, 'bgp');
    assert.match(result.vip, /^10\.77\.1\.\d+$/);
    assert.ok(Object.keys(result.answeredBy).length > 1, one.stdout());
    assert.equal(result.lostByDrain, 0, one.stderr());
    assert.ok(result.failoverMs > 0 && result.requestsLost > 0, one.stdout());
    assert.match(result.refusal, /Service default\/playground-web has 10\.77\.1\./);
    assert.match(one.stderr(), /^router +10\.77\.0\.1 +64513 +3\/3/m);
    assert.deepEqual(one.leftovers(), []);
  });
});
