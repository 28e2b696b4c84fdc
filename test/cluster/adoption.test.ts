import assert from 'node:assert/strict';
import { join } from 'node:path';
import { execa } from 'execa';
import { unpackTools } from '../../scripts/tools/kubectl.js';
import { projectRoot } from '../../scripts/tools/project-root.js';
import type { Eip, EipStatus } from '../../src/api/eip.js';
import type { VipGroup } from '../../src/api/vip-group.js';
import type { Service } from '../../src/controller/objects/builtin-objects.js';
import { bgpConfs, bgpPeers, eips, vipGroups } from '../../src/controller/objects/resources.js';
import { coreEvents, namespaces, nodes, services } from '../../src/platform/kubernetes/builtin-resources.js';
import { type ApiClient, openClient } from '../../src/platform/kubernetes/client.js';
import { loadConnection } from '../../src/platform/kubernetes/connection.js';
import { eventually } from '../lab/eventually.js';
import { type RunningController, startControllerHere } from './controller-process.js';
import { type Cluster, startCluster } from './harness.js';

const optIn = { 'lb.kubesphere.io/v1alpha1': 'openelb' };
const label = 'eip.openelb.kubesphere.io/v1alpha2';
const requested = 'eip.openelb.kubesphere.io/v1alpha1';
const protocol = 'protocol.openelb.kubesphere.io/v1alpha1';
const ipamFinalizer = 'finalizer.ipam.kubesphere.io/v1alpha1';
const serviceFinalizer = 'finalizer.lb.kubesphere.io/v1alpha1';

/** The pools of OpenELB's user guide, as its 0.6 leaves them behind; `layer2-eip` was written in v1alpha1. */
const pools: Readonly<Record<string, { spec: Eip['spec']; metadata?: object; version?: string; status: EipStatus }>> = {
  'eip-sample-pool': {
    metadata: { annotations: { 'eip.openelb.kubesphere.io/is-default-eip': 'true' } },
    spec: { address: '192.168.0.91-192.168.0.100', protocol: 'layer2', interface: 'eth0', disable: false },
    status: {
      occupied: false,
      usage: 2,
      poolSize: 10,
      used: { '192.168.0.91': 'default/test-svc', '192.168.0.93': 'default/first;shop/second' },
      firstIP: '192.168.0.91',
      lastIP: '192.168.0.100',
      ready: true,
      v4: true,
    },
  },
  'layer2-eip': {
    version: 'v1alpha1',
    spec: { address: '192.168.1.91-192.168.1.100', protocol: 'layer2', interface: 'can_reach:192.168.1.1' },
    status: { usage: 1, poolSize: 10, used: { '192.168.1.91': 'default/layer2-svc' } },
  },
  'vip-eip': {
    spec: { address: '192.168.2.0/28', protocol: 'vip', interface: 'eth0' },
    status: { usage: 1, poolSize: 16, used: { '192.168.2.0': 'default/vip-svc' } },
  },
  'bgp-eip': {
    spec: { address: '172.22.0.2-172.22.0.10' },
    status: {
      usage: 1,
      poolSize: 9,
      used: { '172.22.0.2': 'default/bgp-svc', '172.22.0.9': 'default/deleted-long-ago' },
    },
  },
  'team-eip': {
    spec: {
      address: '192.168.3.0/28',
      protocol: 'layer2',
      interface: 'eth0',
      priority: 1,
      namespaces: ['namespace-1'],
      namespaceSelector: { 'kubesphere.io/workspace': 'workspace' },
    },
    status: { usage: 1, poolSize: 16, used: { '192.168.3.4': 'default/borrowed' } },
  },
};

/** Services as they were served: what they say, and the address they have. */
const served: Readonly<Record<string, { annotations?: object; labels?: object; spec?: object; address: string }>> = {
  // The default pool, named by nothing but the label that OpenELB wrote.
  'default/test-svc': { labels: { [label]: 'eip-sample-pool' }, address: '192.168.0.91' },
  // Two Services that asked for one address from two namespaces, which OpenELB allowed.
  'default/first': { annotations: { [requested]: '192.168.0.93' }, address: '192.168.0.93' },
  'shop/second': { spec: { loadBalancerIP: '192.168.0.93', ports: [{ port: 8080 }] }, address: '192.168.0.93' },
  'default/layer2-svc': { annotations: { [label]: 'layer2-eip', [protocol]: 'layer2' }, address: '192.168.1.91' },
  // OpenELB 0.5 chose the pool by the protocol, which nothing does any more.
  'default/vip-svc': { annotations: { [protocol]: 'vip' }, address: '192.168.2.0' },
  'default/bgp-svc': { annotations: { [label]: 'bgp-eip' }, address: '172.22.0.2' },
  // A pool of other namespaces, which OpenELB gave out to who named it.
  'default/borrowed': { annotations: { [label]: 'team-eip' }, address: '192.168.3.4' },
};

describe('a cluster that OpenELB has served', function () {
  this.timeout(60_000);
  let cluster: Cluster;
  let client: ApiClient;
  let controller: RunningController;

  before(async function () {
    this.timeout(180_000);
    cluster = await startCluster();
    const { kubectl } = await unpackTools();
    const on = (...args: readonly string[]) => execa(kubectl, ['--kubeconfig', cluster.kubeconfig, ...args]);
    client = openClient(await loadConnection({ kubeconfig: cluster.kubeconfig, env: {} }));
    await on('apply', '-f', join(projectRoot(), 'deploy/crds'));
    await on('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
    for (const name of ['openelb-system', 'shop']) await client.create(namespaces, { metadata: { name } });
    for (const name of ['master1', 'worker-p001']) await client.create(nodes, { metadata: { name } });
    for (const [name, { spec, metadata, version = 'v1alpha2', status }] of Object.entries(pools)) {
      await client.create({ ...eips, version }, {
        metadata: { ...metadata, name, finalizers: [ipamFinalizer] },
        spec,
      } as Eip);
      await client.mergePatch(eips, name, { status }, { subresource: 'status' });
    }
    const finalizers = [serviceFinalizer];
    await client.create(bgpConfs, { metadata: { name: 'default', finalizers }, spec: { as: 50000 } } as Eip & object);
    await client.create(bgpPeers, { metadata: { name: 'peer', finalizers }, spec: {} } as unknown as Eip);
    for (const [key, { annotations, labels, spec, address }] of Object.entries(served)) {
      const [namespace, name] = key.split('/') as [string, string];
      await client.create(services, {
        metadata: {
          name,
          namespace,
          finalizers: [...finalizers, 'node-proxy.openelb.kubesphere.io/finalizer'],
          annotations: { ...optIn, ...annotations },
          labels,
        },
        spec: { type: 'LoadBalancer', ports: [{ port: 80 }], selector: { app: name }, ...spec },
      } as unknown as Service);
      const status = { loadBalancer: { ingress: [{ ip: address }] } };
      await client.mergePatch(services, key, { status }, { subresource: 'status' });
    }
    controller = await startControllerHere(cluster.kubeconfig);
    await eventually('rest', async () => (await controller.metric('openelb_controller_queue_depth')) === 0);
  });
  after(async () => {
    await controller?.stop();
    client?.close();
    await cluster?.stop();
  });

  const service = (key: string) => client.get<Service>(services, key);
  const addresses = (object: Service | undefined) => object?.status?.loadBalancer?.ingress?.map(({ ip }) => ip);

  it("loses OpenELB's finalizers", async () => {
    const left = async () => {
      const lists = await Promise.all(
        [eips, bgpConfs, bgpPeers, services].map((resource) => client.list<Eip>(resource)),
      );
      return lists.flatMap(({ items }) => items.flatMap(({ metadata }) => metadata.finalizers ?? []));
    };
    await eventually('no finalizer', async () => (await left()).length === 0);
  });

  for (const [key, { address }] of Object.entries(served)) {
    it(`keeps ${address} of Service ${key}`, async () => {
      const object = await service(key);
      assert.deepEqual(addresses(object), [address]);
      await eventually('the label', async () => {
        const name = (await service(key))?.metadata.labels?.[label];
        return name !== undefined && Object.hasOwn(pools, name);
      });
      assert.deepEqual(addresses(await service(key)), [address]);
    });
  }

  it('is told of nothing that was taken away or given instead', async () => {
    const events = (await client.list<{ reason: string; metadata: { name: string } }>(coreEvents)).items;
    assert.deepEqual(
      events.filter(({ reason }) => reason === 'Released' || reason === 'Allocated'),
      [],
    );
  });

  it('has usages that are true: without Services that are gone', async () => {
    const used = async (name: string) => (await client.get<Eip>(eips, name))?.status?.used;
    await eventually(
      'bgp-eip',
      async () => JSON.stringify(await used('bgp-eip')) === '{"172.22.0.2":"default/bgp-svc"}',
    );
    assert.deepEqual(await used('eip-sample-pool'), {
      '192.168.0.91': 'default/test-svc',
      '192.168.0.93': 'default/first;shop/second',
    });
  });

  it('has every address in one VipGroup', async () => {
    const wanted = Object.values(served).map(({ address }) => address);
    await eventually('the groups', async () => {
      const groups = (await client.list<VipGroup>(vipGroups)).items;
      const placed = groups.flatMap(({ spec }) => spec.addresses).sort();
      return JSON.stringify(placed) === JSON.stringify([...new Set(wanted)].sort());
    });
  });

  it('serves a new Service from the default pool, with an address that nobody has', async () => {
    const metadata = { name: 'new', namespace: 'default', annotations: optIn };
    await client.create(services, { metadata, spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } } as Service);
    await eventually('an address', async () => addresses(await service('default/new'))?.join() === '192.168.0.92');
  });

  it('deletes Services and Eips without waiting for anybody', async () => {
    await client.remove(services, 'default/layer2-svc');
    await client.remove(eips, 'layer2-eip');
    assert.equal(await service('default/layer2-svc'), undefined);
    assert.equal(await client.get(eips, 'layer2-eip'), undefined);
  });
});
