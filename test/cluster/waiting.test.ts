// What a Service says of itself while it waits for an address.
import assert from 'node:assert/strict';
import type { Eip } from '../../src/api/eip.js';
import type { Service } from '../../src/controller/objects/builtin-objects.js';
import { eips } from '../../src/controller/objects/resources.js';
import { addressAllocated } from '../../src/controller/services/condition.js';
import { coreEvents, services } from '../../src/platform/kubernetes/builtin-resources.js';
import type { ApiClient } from '../../src/platform/kubernetes/client.js';
import { eventually } from '../lab/eventually.js';
import { type RunningController, startControllerHere } from './controller-process.js';
import { type InstalledCluster, startInstalledCluster } from './installed-cluster.js';

const optIn = { 'lb.kubesphere.io/v1alpha1': 'openelb' };
const foreign = {
  type: 'example.org/Checked',
  status: 'True',
  reason: 'Fine',
  message: 'as it should be',
  lastTransitionTime: '2024-03-01T12:00:00Z',
};
/** As many as are written within a few seconds. For how 3000 get their turns see the unit test of conditions. */
const many = 250;
/** More than wait to be written at once. */
const crowd = 1200;

describe('a Service that waits', function () {
  this.timeout(120_000);
  let installed: InstalledCluster;
  let client: ApiClient;
  let controller: RunningController;
  /** Kubernetes 1.20 to 1.23 drops the conditions of a Service by default. */
  let keepsConditions: boolean;

  before(async () => {
    installed = await startInstalledCluster(['node-0']);
    ({ client } = installed);
    await create('probe', {});
    const status = { conditions: [foreign] };
    const kept = await client.mergePatch<Service>(services, 'default/probe', { status }, { subresource: 'status' });
    keepsConditions = kept.status?.conditions !== undefined;
    console.log(`      the server ${keepsConditions ? 'keeps' : 'drops'} the conditions of a Service`);
    controller = await startControllerHere(installed.cluster.kubeconfig);
  });
  after(async () => {
    await controller?.stop();
    await installed?.stop();
  });

  const create = (name: string, annotations: Record<string, string> = optIn, spec: object = {}) =>
    client.create(services, {
      metadata: { name, namespace: 'default', annotations },
      spec: { type: 'LoadBalancer', ports: [{ port: 80 }], selector: { app: name }, ...spec },
    } as Service);
  const read = (name: string) => client.get<Service>(services, `default/${name}`);
  const conditionOf = (service: Service | undefined) =>
    service?.status?.conditions?.find(({ type }) => type === addressAllocated);
  const addressOf = (service: Service | undefined) => service?.status?.loadBalancer?.ingress?.[0]?.ip;
  const says = (name: string, reason: string) =>
    eventually(`${name} says ${reason}`, async () => conditionOf(await read(name))?.reason === reason);

  it('says why, whatever the reason becomes, and says nothing once it is served; nor does one that is not ours', async function () {
    if (!keepsConditions) return this.skip();
    await create('web', { ...optIn, 'eip.openelb.kubesphere.io/v1alpha2': 'lan' });
    await says('web', 'PoolUnknown');
    const first = conditionOf(await read('web'))!;
    assert.equal(first.status, 'False');
    assert.match(first.message!, /Eip lan does not exist/);
    const metadata = { name: 'lan', annotations: { 'eip.openelb.kubesphere.io/is-default-eip': 'true' } };
    const spec = { address: '192.0.2.10-192.0.2.10', protocol: 'vip', interface: 'eth0', disable: true } as const;
    await client.create<Eip>(eips, { metadata, spec });
    await says('web', 'PoolDisabled');
    assert.equal(conditionOf(await read('web'))!.lastTransitionTime, first.lastTransitionTime);
    await client.mergePatch(services, 'default/web', { status: { conditions: [foreign] } }, { subresource: 'status' });
    await says('web', 'PoolDisabled');
    await client.mergePatch(eips, 'lan', { spec: { disable: false } });
    await eventually('web served', async () => addressOf(await read('web')) === '192.0.2.10');
    assert.deepEqual(
      (await read('web'))?.status?.conditions,
      [foreign],
      'in the same write, and what others say stays',
    );
    const probe = await read('probe');
    assert.deepEqual(probe?.status?.conditions, [foreign]);
  });

  it('says nothing any more when it is ours no more', async function () {
    if (!keepsConditions) return this.skip();
    await create('second');
    await says('second', 'PoolFull');
    await client.mergePatch(services, 'default/second', {
      metadata: { annotations: { [Object.keys(optIn)[0]!]: null } },
    });
    await eventually('no condition', async () => conditionOf(await read('second')) === undefined);
  });

  it(`says why, each of ${many} at once, and then nothing is written any more`, async function () {
    if (!keepsConditions) return this.skip();
    const names = Array.from({ length: many }, (_, at) => `many-${at}`);
    for (let from = 0; from < many; from += 25)
      await Promise.all(names.slice(from, from + 25).map((name) => create(name)));
    const waiting = async () =>
      (await client.list<Service>(services)).items.filter((service) => conditionOf(service)?.reason === 'PoolFull')
        .length;
    await eventually('a condition on each', async () => (await waiting()) === many, { withinMs: 30_000 });
    await assertRests();
  });

  it('is left alone by a controller whose server drops conditions', async function () {
    if (keepsConditions) return this.skip();
    await create('web');
    await eventually('an Event', async () =>
      (await installed.kubectl('-n', 'default', 'get', 'events')).includes('no Eip is for namespace default'),
    );
    assert.equal((await read('web'))?.status?.conditions, undefined);
    await assertRests();
  });

  it(`is told why in an Event at least, each of ${crowd}, where the server drops conditions`, async function () {
    if (keepsConditions) return this.skip();
    const names = Array.from({ length: crowd }, (_, at) => `crowd-${at}`);
    for (let from = 0; from < crowd; from += 25)
      await Promise.all(names.slice(from, from + 25).map((name) => create(name)));
    const told = async () => {
      const { items } = await client.list<{ metadata: object; involvedObject: { name: string } }>(coreEvents);
      return new Set(
        items.map(({ involvedObject }) => involvedObject.name).filter((name) => name.startsWith('crowd-')),
      );
    };
    await eventually('an Event about each', async () => (await told()).size === crowd, {
      withinMs: 60_000,
      everyMs: 500,
    });
  });

  async function assertRests(): Promise<void> {
    const versions = async () =>
      (await client.list<Service>(services)).items.map(({ metadata }) => metadata.resourceVersion).join();
    const before = await versions();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    assert.equal(await versions(), before);
  }
});
