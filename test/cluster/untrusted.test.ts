import assert from 'node:assert/strict';
import { crdManifests } from '../../src/api/crd.js';
import type { Eip } from '../../src/api/eip.js';
import type { VipGroup } from '../../src/api/vip-group.js';
import type { Service } from '../../src/controller/objects/builtin-objects.js';
import { eips, vipGroups } from '../../src/controller/objects/resources.js';
import { coreEvents, namespaces, nodes, services } from '../../src/platform/kubernetes/builtin-resources.js';
import { type ApiClient, openClient } from '../../src/platform/kubernetes/client.js';
import { loadConnection } from '../../src/platform/kubernetes/connection.js';
import type { Resource } from '../../src/platform/kubernetes/resource.js';
import { eventually } from '../lab/eventually.js';
import { type RunningController, startControllerHere } from './controller-process.js';
import { type Cluster, startCluster } from './harness.js';

const definitions: Resource = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};

interface Definition {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly versions: { schema: { openAPIV3Schema: object } }[] };
}

/** Definitions that let anything in, as an older one, or one of somebody else, may. */
function lax(definition: object): Definition {
  const copy = structuredClone(definition) as Definition;
  for (const version of copy.spec.versions) {
    version.schema.openAPIV3Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  }
  return copy;
}

/** What stands in the API is wrong, since its schemas are not those of this program. */
describe('a controller among objects that nobody checked', function () {
  this.timeout(60_000);
  let cluster: Cluster;
  let client: ApiClient;
  let controller: RunningController;

  before(async function () {
    this.timeout(180_000);
    cluster = await startCluster();
    client = openClient(await loadConnection({ kubeconfig: cluster.kubeconfig, env: {} }));
    for (const definition of crdManifests({ rules: false }).values()) await client.create(definitions, lax(definition));
    await eventually('the kinds', () =>
      Promise.all([client.list(eips), client.list(vipGroups)]).then(
        () => true,
        () => false,
      ),
    );
    await client.create(namespaces, { metadata: { name: 'openelb-system' } });
    for (const [at, more] of wrong.entries())
      await client.create(eips, { metadata: { name: `wrong-${at}` }, ...more } as never);
    for (const [at, more] of wrongGroups.entries())
      await client.create(vipGroups, { metadata: { name: `wrong-${at}` }, ...more } as never);
    controller = await startControllerHere(cluster.kubeconfig);
    await createPool('lan', '192.0.2.10-192.0.2.19');
  });
  after(async () => {
    await controller?.stop();
    client?.close();
    await cluster?.stop();
  });

  const wrong: readonly object[] = [
    {},
    { spec: null },
    { spec: 7 },
    { spec: { address: ['192.0.2.1'] } },
    { spec: { address: '192.0.2.40', namespaces: 'all', vrrp: [] }, status: 'fine' },
    {
      spec: { address: '192.0.2.41', protocol: 'vip', interface: 'eth0' },
      status: { conditions: { a: 1 }, used: [1] },
    },
  ];
  const wrongGroups: readonly object[] = [
    {},
    { spec: { protocol: 'vip', addresses: 'all', members: null } },
    { spec: { protocol: 'vip', addresses: [7], members: [{}] }, status: { members: 'n1', conditions: 7 } },
  ];

  const createPool = (name: string, address: string) =>
    client.create<Eip>(eips, { metadata: { name }, spec: { address, protocol: 'vip', interface: 'eth0' } });
  const createService = (name: string, annotations: Record<string, string> = {}) =>
    client.create(services, {
      metadata: {
        name,
        namespace: 'default',
        annotations: {
          'lb.kubesphere.io/v1alpha1': 'openelb',
          'eip.openelb.kubesphere.io/v1alpha2': 'lan',
          ...annotations,
        },
      },
      spec: { type: 'LoadBalancer', ports: [{ port: 80 }] },
    } as Service);
  const ingress = async (name: string) =>
    (await client.get<Service>(services, `default/${name}`))?.status?.loadBalancer?.ingress?.[0]?.ip;
  const warnings = async (name: string) =>
    (
      await client.list<{
        metadata: object;
        type: string;
        reason: string;
        message: string;
        involvedObject: { name: string };
      }>(coreEvents)
    ).items.filter((event) => event.type === 'Warning' && event.involvedObject.name === name);

  it('leads, and gives addresses out of the Eips that are right', async () => {
    await createService('web');
    await eventually('an address', async () => (await ingress('web')) === '192.0.2.10');
  });

  it('says in the condition of each wrong Eip what is wrong', async () => {
    for (const [at] of wrong.entries()) {
      if (at === 5) continue; // only its status was spoilt, which is written anew
      const ready = await eventually(`wrong-${at}`, async () => {
        const eip = await client.get<Eip>(eips, `wrong-${at}`);
        const conditions = eip?.status?.conditions;
        return Array.isArray(conditions) && conditions.find(({ type }) => type === 'Ready');
      });
      assert.equal(ready.status, 'False', JSON.stringify(ready));
      assert.match(ready.message, /spec/);
    }
    const mended = await client.get<Eip>(eips, 'wrong-5');
    assert.equal(mended?.status?.conditions?.find(({ type }) => type === 'Ready')?.status, 'True');
  });

  it('says on each wrong VipGroup, in an Event and in a condition, that it is not followed', async () => {
    for (const [at] of wrongGroups.entries()) {
      const name = `wrong-${at}`;
      await eventually(`an Event on ${name}`, async () =>
        (await warnings(name)).some(({ reason }) => reason === 'InvalidObject'),
      );
      await eventually(`a condition of ${name}`, async () => {
        const conditions = (await client.get<VipGroup>(vipGroups, name))?.status?.conditions;
        return (
          Array.isArray(conditions) && conditions.some(({ type, status }) => type === 'Valid' && status === 'False')
        );
      });
    }
  });

  it('counts them', async () => {
    assert.ok((await controller.metric('openelb_objects_refused_total{kind="Eip"}')) >= wrong.length);
    assert.ok((await controller.metric('openelb_objects_refused_total{kind="VipGroup"}')) >= wrongGroups.length);
  });

  it('takes the condition back when the group is right', async () => {
    const spec = { protocol: 'bgp', addresses: [], members: [] };
    await client.mergePatch(vipGroups, 'wrong-0', { spec });
    await eventually('no condition', async () => {
      const conditions = (await client.get<VipGroup>(vipGroups, 'wrong-0'))?.status?.conditions ?? [];
      return !conditions.some(({ type }) => type === 'Valid');
    });
  });

  it('puts a group of its own right that somebody spoilt, whatever was spoilt of it', async () => {
    const node = { metadata: { name: 'n1' }, spec: {} };
    await client.create(nodes, node as never);
    const name = await eventually('a group of lan', async () => {
      const { items } = await client.list<VipGroup>(vipGroups);
      return items.find(({ spec }) => spec?.eip === 'lan' && Array.isArray(spec.addresses) && spec.addresses.length > 0)
        ?.metadata.name;
    });
    const before = (await client.get<VipGroup>(vipGroups, name))!.spec;
    for (const operation of [
      { op: 'remove', path: '/spec' },
      { op: 'replace', path: '/spec', value: 7 },
      { op: 'replace', path: '/spec/members', value: 'n1' },
      { op: 'replace', path: '/spec/addresses', value: null },
    ] as const) {
      await client.jsonPatch(vipGroups, name, [operation], {});
      const mended = await eventually(`it is right again after ${JSON.stringify(operation)}`, async () => {
        const { spec } = (await client.get<VipGroup>(vipGroups, name))!;
        return Array.isArray(spec?.members) && Array.isArray(spec.addresses) && spec;
      });
      assert.deepEqual([mended.addresses, mended.vrrp], [before.addresses, before.vrrp]);
    }
  });

  it('takes nothing away when a good Eip becomes wrong, gives nothing new, and goes on when it is mended', async () => {
    await client.jsonPatch(eips, 'lan', [{ op: 'remove', path: '/spec' }], {});
    await createService('late');
    await eventually('a refusal', async () => (await warnings('late')).some(({ reason }) => reason === 'PoolInvalid'));
    assert.equal(await ingress('web'), '192.0.2.10');
    assert.equal(await ingress('late'), undefined);
    const spec = { address: '192.0.2.10-192.0.2.19', protocol: 'vip', interface: 'eth0' };
    await client.mergePatch(eips, 'lan', { spec });
    await eventually('an address', async () => (await ingress('late')) === '192.0.2.11');
    assert.equal(await ingress('web'), '192.0.2.10');
  });

  it('goes on with all that after a restart', async () => {
    await client.jsonPatch(eips, 'lan', [{ op: 'remove', path: '/spec' }], {});
    await controller.stop();
    controller = await startControllerHere(cluster.kubeconfig);
    await createPool('wan', '198.51.100.10');
    await createService('other', { 'eip.openelb.kubesphere.io/v1alpha2': 'wan' });
    await eventually('an address', async () => (await ingress('other')) === '198.51.100.10');
    assert.equal(await ingress('web'), '192.0.2.10');
  });

  it('keeps the address of a Service whose annotation is too long, and says that it is', async () => {
    const annotations = { 'eip.openelb.kubesphere.io/v1alpha2': 'wan,'.repeat(40_000) };
    await client.mergePatch(services, 'default/other', { metadata: { annotations } });
    await eventually('a Warning', async () =>
      (await warnings('other')).some(
        ({ reason, message }) => reason === 'AnnotationTooLong' && message.length <= 1024 && /160000/.test(message),
      ),
    );
    assert.equal(await ingress('other'), '198.51.100.10');
  });
});
