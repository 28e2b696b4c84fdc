// Services, Eips and Nodes that change while they are served, and what others leave in them.
import assert from 'node:assert/strict';
import { agentFieldManager } from '../../src/agent/status/field-manager.js';
import type { Eip } from '../../src/api/eip.js';
import type { VipGroup } from '../../src/api/vip-group.js';
import type { Service } from '../../src/controller/objects/builtin-objects.js';
import { eips, vipGroups } from '../../src/controller/objects/resources.js';
import { hasStatus } from '../../src/platform/kubernetes/api-error.js';
import { namespaces, nodes, services } from '../../src/platform/kubernetes/builtin-resources.js';
import type { ApiClient } from '../../src/platform/kubernetes/client.js';
import { eventually } from '../lab/eventually.js';
import { type RunningController, startControllerHere } from './controller-process.js';
import { type InstalledCluster, startInstalledCluster } from './installed-cluster.js';

const label = 'eip.openelb.kubesphere.io/v1alpha2';
const requested = 'eip.openelb.kubesphere.io/v1alpha1';
const optIn = { 'lb.kubesphere.io/v1alpha1': 'openelb' };

describe('what changes while it is served', function () {
  this.timeout(60_000);
  let installed: InstalledCluster;
  let client: ApiClient;
  let controller: RunningController;

  before(async function () {
    this.timeout(180_000);
    installed = await startInstalledCluster(['node-1', 'node-2'], {});
    ({ client } = installed);
    for (const [at, name] of ['node-1', 'node-2'].entries()) await addressOfNode(name, `203.0.113.${11 + at}`);
    controller = await startControllerHere(installed.cluster.kubeconfig);
  });
  after(async () => {
    await controller?.stop();
    await installed?.stop();
  });

  const addressOfNode = (name: string, address: string) =>
    client.mergePatch(
      nodes,
      name,
      { status: { addresses: [{ type: 'InternalIP', address }] } },
      { subresource: 'status' },
    );
  const createEip = (name: string, address: string, spec: object = {}, metadata: object = {}) =>
    client.create<Eip>(eips, {
      metadata: { name, ...metadata },
      spec: { address, protocol: 'vip', interface: 'eth0', ...spec },
    });
  const createService = (name: string, annotations: Record<string, string>, spec: object = {}, metadata: object = {}) =>
    client.create(services, {
      metadata: { name, namespace: 'default', annotations: { ...optIn, ...annotations }, ...metadata },
      spec: { type: 'LoadBalancer', ports: [{ port: 80 }], selector: { app: name }, ...spec },
    } as Service);
  /** Servers refuse a patch of a Service that another's write overtakes, although it names no version: then again, as people do. */
  const patch = (name: string, body: object) =>
    eventually(`a patch of ${name}`, () =>
      client.mergePatch(services, `default/${name}`, body).then(
        () => true,
        (error) => {
          if (!hasStatus(error, 409)) throw error;
          return false;
        },
      ),
    );
  const ingressOf = async (name: string, namespace = 'default') =>
    (await client.get<Service>(services, `${namespace}/${name}`))?.status?.loadBalancer?.ingress ?? [];
  const served = (name: string, expected: string, namespace = 'default') =>
    eventually(
      `${name} at ${expected}`,
      async () =>
        (await ingressOf(name, namespace)).map(({ ip, hostname }) => `${ip}${hostname ?? ''}`).join() === expected,
      { onTimeout: () => 'see above' },
    );
  const writeStatus = (name: string, ingress: readonly object[]) =>
    client.mergePatch(
      services,
      `default/${name}`,
      { status: { loadBalancer: { ingress } } },
      { subresource: 'status', fieldManager: 'rival' },
    );
  const announced = async () =>
    (await client.list<VipGroup>(vipGroups)).items.flatMap(({ spec }) =>
      spec.addresses.map((a) => `${a} ${spec.protocol}`),
    );
  const isAnnounced = (text: string, is = true) =>
    eventually(`${text} announced: ${is}`, async () => (await announced()).includes(text) === is, {
      onTimeout: () => 'no',
    });

  it('is put back as it was where others add a host name, or write very much', async () => {
    await createEip('one', '192.0.2.0/28');
    await createService('web', { [label]: 'one' });
    await served('web', '192.0.2.0');
    await writeStatus('web', [{ ip: '192.0.2.0', hostname: 'rival.example.com' }]);
    await served('web', '192.0.2.0');
    await writeStatus(
      'web',
      Array.from({ length: 300 }, (_, at) => ({ ip: `198.51.100.${at % 250}` })),
    );
    await served('web', '192.0.2.0');
  });

  it('keeps its address over a restart in which others have written very much', async () => {
    await controller.stop();
    await writeStatus(
      'web',
      Array.from({ length: 300 }, (_, at) => ({ ip: `198.51.100.${at % 250}` })),
    );
    await createService('eager', { [label]: 'one' });
    controller = await startControllerHere(installed.cluster.kubeconfig);
    await served('web', '192.0.2.0');
    await served('eager', '192.0.2.1');
  });

  it('gives its address back with its type, and gets one again', async () => {
    await patch('eager', { spec: { type: 'ClusterIP' } });
    await isAnnounced('192.0.2.1 vip', false);
    await served('eager', '');
    await patch('eager', { spec: { type: 'LoadBalancer' } });
    await served('eager', '192.0.2.1');
    await isAnnounced('192.0.2.1 vip');
  });

  it('gives its address back with its annotation, though a finalizer of others keeps it', async () => {
    await createService('kept', { [label]: 'one' }, {}, { finalizers: ['others.example/x'] });
    await served('kept', '192.0.2.2');
    await client.remove(services, 'default/kept');
    await patch('kept', { metadata: { annotations: { 'lb.kubesphere.io/v1alpha1': null } } });
    await served('kept', '');
    await isAnnounced('192.0.2.2 vip', false);
    await patch('kept', { metadata: { finalizers: null } });
  });

  it('asks by its annotation, which goes before loadBalancerIP, and by that where it is empty', async () => {
    await createService('asks', { [label]: 'one', [requested]: '192.0.2.9' }, { loadBalancerIP: '192.0.2.10' });
    await served('asks', '192.0.2.9');
    await patch('asks', { metadata: { annotations: { [requested]: '' } } });
    await served('asks', '192.0.2.10');
    await patch('asks', { spec: { loadBalancerIP: '192.0.2.0' } });
    await new Promise((resolve) => setTimeout(resolve, 300));
    await served('asks', '192.0.2.10');
  });

  it('moves with its Eip to another protocol, and back', async () => {
    for (const protocol of ['layer2', 'vip']) {
      await client.mergePatch(eips, 'one', { spec: { protocol } });
      await isAnnounced(`192.0.2.0 ${protocol}`);
      await served('web', '192.0.2.0');
    }
  });

  it('is served no more from an Eip that is deleted, even where a finalizer of others keeps that, and gets the same when it is made again', async () => {
    await createEip('two', '198.51.100.0/28', {}, { finalizers: ['others.example/x'] });
    await createService('tied', { [label]: 'two' });
    await served('tied', '198.51.100.0');
    await createService('tied-2', { [label]: 'two' });
    await served('tied-2', '198.51.100.1');
    await client.remove(eips, 'two');
    await isAnnounced('198.51.100.0 vip', false);
    await client.mergePatch(eips, 'two', { metadata: { finalizers: null } });
    await eventually('it is gone', async () => (await client.get(eips, 'two')) === undefined);
    await createEip('two-b', '198.51.100.0/28');
    for (const name of ['tied-2', 'tied']) await patch(name, { metadata: { annotations: { [label]: 'two-b' } } });
    await served('tied', '198.51.100.0');
    await served('tied-2', '198.51.100.1');
  });

  it('is announced no more once a Node has its address, and again when it has not, whatever the Node is called', async () => {
    await isAnnounced('192.0.2.0 vip');
    await addressOfNode('node-2', '192.000.002.000');
    await isAnnounced('192.0.2.0 vip', false);
    await client.remove(nodes, 'node-2');
    await isAnnounced('192.0.2.0 vip');
    await client.create(nodes, { metadata: { name: 'node-2' } });
    await client.create(nodes, { metadata: { name: 'constructor' } });
    await addressOfNode('constructor', '192.0.2.0');
    await isAnnounced('192.0.2.0 vip', false);
    await addressOfNode('constructor', '203.0.113.13');
    await isAnnounced('192.0.2.0 vip');
    await served('web', '192.0.2.0');
    await client.remove(nodes, 'constructor');
  });

  it('ends with its namespace, also one that others hold up', async () => {
    await client.create(namespaces, { metadata: { name: 'leaving' } });
    await createService('web', { [label]: 'one' }, {}, { namespace: 'leaving', finalizers: ['others.example/x'] });
    await eventually('it is served', async () => (await ingressOf('web', 'leaving')).length === 1);
    await client.remove(namespaces, 'leaving');
    await client.remove(services, 'leaving/web');
    await client.mergePatch(services, 'leaving/web', { spec: { type: 'ClusterIP' } });
    await served('web', '', 'leaving');
    await client.mergePatch(services, 'leaving/web', { metadata: { finalizers: null } });
  });

  it('is said by the agent of a node with a name of 253 characters', async () => {
    const node = `${'a.'.repeat(126)}n`;
    const [group] = (await client.list<VipGroup>(vipGroups)).items;
    const body = { status: { members: [{ node, state: 'Backup' }] } };
    const fieldManager = agentFieldManager(node);
    await client.apply(vipGroups, group!.metadata.name, body, { fieldManager, force: true, subresource: 'status' });
    await assert.rejects(
      client.apply(vipGroups, group!.metadata.name, body, {
        fieldManager: `openelb-agent-${node}`,
        force: true,
        subresource: 'status',
      }),
    );
  });
});
