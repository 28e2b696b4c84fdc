import assert from 'node:assert/strict';
import { eipNameOf, inOurWords } from '../../../src/api/metallb-annotations.js';

const asked = (annotations: Readonly<Record<string, string>>, spec = {}) =>
  inOurWords({ metadata: { annotations }, spec });
const pool = 'eip.openelb.kubesphere.io/v1alpha2';

describe("MetalLB's annotations of a Service", () => {
  it('are ours in other words, in both spellings', () => {
    for (const domain of ['metallb.io', 'metallb.universe.tf']) {
      const said = asked({
        [`${domain}/address-pool`]: 'lan',
        [`${domain}/loadBalancerIPs`]: '192.0.2.1',
        [`${domain}/allow-shared-ip`]: 'k',
      });
      assert.equal(said[pool], 'lan');
      assert.equal(said['eip.openelb.kubesphere.io/v1alpha1'], '192.0.2.1');
      assert.equal(said['eip.openelb.kubesphere.io/sharing-key'], 'k');
    }
  });

  it('count in the present spelling where both are there, and not beside one of ours', () => {
    assert.equal(asked({ 'metallb.universe.tf/address-pool': 'old', 'metallb.io/address-pool': 'new' })[pool], 'new');
    assert.equal(asked({ [pool]: 'ours', 'metallb.io/address-pool': 'theirs' })[pool], 'ours');
  });

  it('name a pool as its ConfigMap does, also where no object can be called so', () => {
    assert.equal(asked({ 'metallb.universe.tf/address-pool': 'My_Pool' })[pool], 'my-pool');
    assert.equal(asked({ 'metallb.universe.tf/address-pool': '' })[pool], '');
    const valid = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
    for (const name of ['a..b', 'a.-b', '-.-', '', 'A B', 'ä', `${'x'.repeat(252)}-yz`, 'lan', 'a.b-c', 'pool,other']) {
      const made = eipNameOf(name);
      assert.match(made, valid, name);
      assert.ok(made.length <= 253);
      if (valid.test(name) && name.length <= 253) assert.equal(made, name);
    }
  });

  it('do not count on a Service that says whose it is', () => {
    const theirs = { 'metallb.io/address-pool': 'lan' };
    assert.equal(asked({ ...theirs, 'lb.kubesphere.io/v1alpha1': 'openelb' })[pool], undefined);
    assert.equal(asked(theirs, { loadBalancerClass: 'openelb.io/vip' })[pool], undefined);
  });
});
