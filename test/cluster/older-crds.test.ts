import assert from 'node:assert/strict';
import { createStatusWriter } from '../../src/agent/status/status-writer.js';
import type { Eip } from '../../src/api/eip.js';
import type { VipGroup } from '../../src/api/vip-group.js';
import { eips, vipGroups } from '../../src/controller/objects/resources.js';
import { silentLogger } from '../../src/platform/observability/log.js';
import { eventually } from '../lab/eventually.js';
import { memberReport } from '../unit/agent/member-report.js';
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
    const schema = '/spec/versions/0/schema/openAPIV3Schema/properties';
    const paths = [`${schema}/spec/properties/${field}`, `${schema}/status/properties/formerMembers`];
    const patch = JSON.stringify(paths.map((path) => ({ op: 'remove', path })));
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

  it('keep no agent that leaves a group from taking back what it said as a member, though not its last word', async () => {
    const { client } = installed;
    await client.create<VipGroup>(vipGroups, {
      metadata: { name: 'by-hand' },
      spec: { protocol: 'vip', addresses: [], members: [] },
    });
    const writer = createStatusWriter({ client, node: 'node-0', latest: () => undefined, log: silentLogger() });
    const led = { at: Date.now(), group: 'by-hand', priority: 254, reason: 'no-response' } as const;
    const entries = async () =>
      (await client.get<VipGroup>(vipGroups, 'by-hand'))?.status?.members?.map(({ node }) => node) ?? [];
    try {
      writer.transition({ ...led, from: 'Backup', to: 'Active' }, true);
      writer.report(memberReport({ group: 'by-hand', state: 'Active' }));
      await eventually('it says what it is', async () => (await entries()).join() === 'node-0');
      writer.withdraw('by-hand');
      await eventually('it says so no more', async () => (await entries()).length === 0);
    } finally {
      await writer.close();
    }
  });
});
