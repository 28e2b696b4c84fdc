import assert from 'node:assert/strict';
import type { Eip } from '../../src/api/eip.js';
import type { VipGroup } from '../../src/api/vip-group.js';
import { eips, vipGroups } from '../../src/controller/objects/resources.js';
import { eventually } from '../lab/eventually.js';
import { type RunningController, startControllerHere } from './controller-process.js';
import { type InstalledCluster, startInstalledCluster } from './installed-cluster.js';

/** A field that the controller writes into each VipGroup, and that a server of an older CRD drops. */
const field = 'addressCount';

describe('CRDs that are older than the controller', function () {
  this.timeout(60_000);
  let installed: InstalledCluster;
  let controller: RunningController;
  before(async function () {
    this.timeout(180_000);
    installed = await startInstalledCluster(['node-0', 'node-1']);
    const path = `/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/${field}`;
    const patch = JSON.stringify([{ op: 'remove', path }]);
    await installed.kubectl('patch', 'crd', 'vipgroups.network.kubesphere.io', '--type=json', '-p', patch);
    controller = await startControllerHere(installed.cluster.kubeconfig);
  });
  after(async () => {
    await controller?.stop();
    await installed?.stop();
  });

  it('are told of with the field that is dropped, once, and its groups are there all the same', async () => {
    for (const [name, address] of [
      ['one', '192.0.2.10'],
      ['two', '192.0.2.20'],
    ] as const)
      await installed.client.create<Eip>(eips, {
        metadata: { name },
        spec: { address, protocol: 'vip', interface: 'eth0', vrrp: { groups: 1 } },
      });
    const groups = await eventually('a group of each Eip', async () => {
      const { items } = await installed.client.list<VipGroup>(vipGroups);
      return items.length >= 2 && items;
    });
    assert.ok(groups.every(({ spec }) => !(field in spec)));
    const said = controller
      .log()
      .filter((line) => line.includes('CustomResourceDefinition is older than this controller'));
    assert.equal(said.length, 1, said.join('\n'));
    assert.match(said[0]!, /^warn .*deploy\/crds.*"fields":\["spec\.addressCount"\]/);
  });
});
