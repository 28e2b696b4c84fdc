import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { unpackTools } from '../../scripts/tools/kubectl.js';
import { projectRoot } from '../../scripts/tools/project-root.js';
import type { Eip } from '../../src/api/eip.js';
import type { Service } from '../../src/controller/objects/builtin-objects.js';
import { eips } from '../../src/controller/objects/resources.js';
import { services } from '../../src/platform/kubernetes/builtin-resources.js';
import { type ApiClient, openClient } from '../../src/platform/kubernetes/client.js';
import { loadConnection } from '../../src/platform/kubernetes/connection.js';
import { eventually } from '../lab/eventually.js';
import { type RunningController, startControllerHere } from './controller-process.js';
import { type Cluster, startCluster } from './harness.js';
import { kubeVip, metallb, metallbCrds, openelb } from './migrating/others.js';
import { commandsOf, type Shell, shellIn } from './migrating/page.js';

const optIn = 'lb.kubesphere.io/v1alpha1';
const label = 'eip.openelb.kubesphere.io/v1alpha2';

/**
 * The commands of the pages in docs/migrating, as they stand there, on a real API server with a controller of ours. The other programs
 * are there by their objects alone. With OPENELB_YAML naming OpenELB's own deploy/openelb.yaml, that is what its page starts from.
 */
describe('the page for those who come', function () {
  this.timeout(120_000);
  let cluster: Cluster;
  let client: ApiClient;
  let folder: string;
  let shell: Shell;
  let kubectl: string;

  beforeEach(async function () {
    if (!process.env.KUBEBUILDER_ASSETS) {
      console.log(
        '    skipped: KUBEBUILDER_ASSETS names no kube-apiserver, and the pages touch kinds that only that one has',
      );
      this.skip();
    }
    cluster = await startCluster({ kind: 'real', controllerManager: true });
    client = openClient(await loadConnection({ kubeconfig: cluster.kubeconfig, env: {} }));
    folder = await mkdtemp(join(tmpdir(), 'openelb-vip-page-'));
    shell = await shellIn(folder, cluster.kubeconfig);
    ({ kubectl } = await unpackTools());
  });
  afterEach(async () => {
    client?.close();
    await cluster?.stop();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  const apply = async (...objects: readonly object[]) => {
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
    await execa(kubectl, ['--kubeconfig', cluster.kubeconfig, 'apply', '-f', '-'], { input });
  };
  const namespace = (name: string) => apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const serve = async (name: string, address: string, metadata: object, spec: object = {}) => {
    await client.create(services, {
      metadata: { name, namespace: 'default', ...metadata },
      spec: { type: 'LoadBalancer', ports: [{ port: 80 }], selector: { app: name }, ...spec },
    } as Service);
    const status = { loadBalancer: { ingress: [{ ip: address }] } };
    await client.mergePatch(services, `default/${name}`, { status }, { subresource: 'status' });
  };
  const service = (name: string) => client.get<Service>(services, `default/${name}`);
  const addressOf = (object: Service | undefined) => object?.status?.loadBalancer?.ingress?.map(({ ip }) => ip).join();
  /** With a controller of ours, which is stopped in the end. */
  const withController = async (act: () => Promise<void>) => {
    const controller: RunningController = await startControllerHere(cluster.kubeconfig);
    await act();
    await controller.stop();
  };
  const served = (name: string, address: string, eip: string) =>
    eventually(`${name} at ${address} of ${eip}`, async () => {
      const object = await service(name);
      assert.equal(addressOf(object), address, `${name} lost its address on the way`);
      return object?.metadata.labels?.[label] === eip;
    });

  /** What must hold when our programs have gone: their rights and their webhook too, and nothing keeps an object from going. */
  const nothingOfOurs = async (...names: readonly string[]) => {
    const kinds =
      'deployments,daemonsets,services,serviceaccounts,roles,rolebindings,clusterroles,clusterrolebindings,validatingwebhookconfigurations,vipgroups.network.kubesphere.io';
    const mine = '-l app.kubernetes.io/name=openelb-vip';
    assert.equal(await shell(`kubectl get ${kinds} -A ${mine} -o name`), '');
    assert.equal(await shell('kubectl get vipgroups.network.kubesphere.io -o name'), '');
    const objects = [...(await Promise.all(names.map(service))), ...(await client.list<Eip>(eips)).items];
    assert.ok(objects.length > names.length, 'the Eips stay');
    for (const object of objects) assert.equal(object?.metadata.finalizers, undefined);
  };

  it('from OpenELB keeps every address and leaves our programs their rights, and so does going back', async () => {
    const page = await commandsOf('migrating/openelb.md');
    const eip = (name: string, address: string) =>
      client.create<Eip>(eips, {
        metadata: { name, finalizers: ['finalizer.ipam.kubesphere.io/v1alpha1'] },
        spec: { address, protocol: 'vip', interface: 'eth0' },
      });
    await namespace('openelb-system');
    const theirs = process.env.OPENELB_YAML;
    const install = async () => {
      if (theirs === undefined) await apply(...openelb);
      else await shell(`kubectl apply -f ${theirs}`);
    };
    if (theirs === undefined) await shell(`kubectl apply -f ${join(projectRoot(), 'deploy/crds')}`);
    await install();
    await shell('kubectl wait --for=condition=Established crd --all --timeout=30s');
    await shell('kubectl delete validatingwebhookconfiguration openelb-admission');
    await eip('lan', '192.0.2.10-192.0.2.20');
    await install();
    await assert.rejects(eip('refused', '192.0.2.30'), /openelb-controller|webhook/);
    const finalizers = ['finalizer.lb.kubesphere.io/v1alpha1'];
    await serve('web', '192.0.2.13', { annotations: { [optIn]: 'openelb' }, labels: { [label]: 'lan' }, finalizers });

    for (const section of ['1', '2', '3']) for (const each of page.get(section)!) await shell(each);
    await shell('kubectl wait --for=condition=Established crd --all --timeout=30s');
    await withController(async () => {
      await served('web', '192.0.2.13', 'lan');
      await eventually('no finalizers', async () => {
        const objects = [await service('web'), await client.get<Eip>(eips, 'lan')];
        return objects.every((object) => object?.metadata.finalizers === undefined);
      });
      for (const section of ['4', '5']) {
        // There are no nodes to run Pods.
        const lines = page.get(section)!.flatMap((block) => block.split('\n'));
        for (const each of lines.filter((line) => !line.includes('rollout'))) await shell(each);
      }
      await served('web', '192.0.2.13', 'lan');
      await eip('after', '192.0.2.40');
      await eventually('no finalizer of its own either', async () => {
        return (await client.get<Eip>(eips, 'after'))?.metadata.finalizers === undefined;
      });
    });
    const webhook = await shell('kubectl get validatingwebhookconfiguration openelb-admission -o yaml');
    assert.match(webhook, /failurePolicy: Ignore/);
    for (const [user, verb, what, subresource] of [
      ['openelb-controller', 'watch', 'services', ''],
      ['openelb-controller', 'patch', 'services', 'status'],
      ['openelb-controller', 'patch', 'eips.network.kubesphere.io', 'status'],
      ['openelb-controller', 'create', 'vipgroups.network.kubesphere.io', ''],
      ['openelb-agent', 'watch', 'vipgroups.network.kubesphere.io', ''],
    ]) {
      const as = `--as=system:serviceaccount:openelb-system:${user}`;
      const said = await shell(
        `kubectl auth can-i ${verb} ${what} ${subresource && `--subresource=${subresource}`} ${as}`,
      );
      assert.match(said, /yes$/, `${user} ${verb} ${what}`);
    }
    const left = await shell(
      'kubectl get clusterroles,clusterrolebindings -o name; kubectl -n openelb-system get all,secrets -o name',
    );
    assert.doesNotMatch(left, /speaker|openelb-admission|memberlist/);

    for (const each of page.get('6')!) await shell(each);
    await nothingOfOurs('web');
    await install();
    const { metadata, status } = (await client.get<Eip>(eips, 'lan'))!;
    // What it starts from: which addresses are taken, by whom, and that the rest of the status has been computed.
    assert.deepEqual(status?.used, { '192.0.2.13': 'default/web' });
    assert.deepEqual([status?.usage, status?.poolSize, status?.occupied, status?.v4], [1, 11, false, true]);
    assert.deepEqual([status?.firstIP, status?.lastIP], ['192.0.2.10', '192.0.2.20']);
    assert.equal(metadata.annotations?.['eip.openelb.kubesphere.io/rebalance'], undefined);
    assert.equal(addressOf(await service('web')), '192.0.2.13');
    assert.equal((await service('web'))?.metadata.labels?.[label], 'lan');
    assert.equal((await service('web'))?.metadata.annotations?.[optIn], 'openelb');
    // Its webhook is its own again, and so are its rights.
    await assert.rejects(eip('again', '192.0.2.50'), /openelb-controller|webhook/);
    const their = await shell(`kubectl get clusterrole openelb-controller -o jsonpath='{.rules[*].resources}'`);
    assert.doesNotMatch(their, /vipgroups/);

    for (const section of ['2', '3']) for (const each of page.get(section)!) await shell(each);
    await withController(async () => {
      await served('web', '192.0.2.13', 'lan');
    });
  });

  it('from MetalLB keeps every address, and so does going back', async () => {
    const page = await commandsOf('migrating/metallb.md');
    await namespace('metallb-system');
    await apply(...metallbCrds);
    await shell('kubectl wait --for=condition=Established crd --all --timeout=30s');
    await apply(...metallb);
    await serve('web', '192.0.2.35', { annotations: { 'metallb.io/address-pool': 'lan' } });
    await serve(
      'shared',
      '192.0.2.35',
      { annotations: { 'metallb.io/allow-shared-ip': 'a' } },
      { ports: [{ port: 81 }] },
    );
    await client.mergePatch(services, 'default/web', {
      metadata: { annotations: { 'metallb.io/allow-shared-ip': 'a' } },
    });
    await shell('kubectl apply --server-side -f openelb-vip.yaml');
    await shell('kubectl wait --for=condition=Established crd --all --timeout=30s');
    for (const each of page.get('1')!) await shell(each);
    assert.match(await readFile(join(folder, 'pools.yaml'), 'utf8'), /192\.0\.2\.32\/28/);
    await withController(async () => {
      for (const section of ['2', '3']) for (const each of page.get(section)!) await shell(each);
      for (const name of ['web', 'shared']) assert.equal((await service(name))?.metadata.labels, undefined);
      for (const each of page.get('4')!) await shell(each);
      await served('web', '192.0.2.35', 'lan');
      await served('shared', '192.0.2.35', 'lan');
      for (const each of page.get('5')!) await shell(each);
    });
    assert.doesNotMatch(await shell('kubectl -n metallb-system get daemonsets -o name'), /speaker/);
    const replicas = 'kubectl -n metallb-system get deployment controller -o jsonpath={.spec.replicas}';
    assert.equal(await shell(replicas), '0');

    for (const each of page.get('6')!) await shell(each);
    await apply(...metallb);
    await nothingOfOurs('web', 'shared');
    assert.equal(await shell(replicas), '1');
    assert.match(await shell('kubectl -n metallb-system get daemonsets -o name'), /speaker/);
    for (const name of ['web', 'shared']) assert.equal(addressOf(await service(name)), '192.0.2.35', name);
    const { annotations } = (await service('web'))!.metadata;
    assert.equal(annotations?.['metallb.io/address-pool'], 'lan', 'what MetalLB goes by is as it was');
    assert.match(await shell('kubectl -n metallb-system get ipaddresspools.metallb.io -o yaml'), /192\.0\.2\.32\/28/);

    await shell('kubectl apply --server-side -f openelb-vip.yaml');
    await withController(async () => {
      for (const each of page.get('4')!) await shell(each);
      await served('web', '192.0.2.35', 'lan');
      await served('shared', '192.0.2.35', 'lan');
    });
  });

  it('from kube-vip keeps every address, and Services that can be deleted', async () => {
    const page = await commandsOf('migrating/kube-vip.md');
    await apply(...kubeVip);
    const finalizers = ['example.com/keep', 'service.kubernetes.io/load-balancer-cleanup'];
    const asked = { 'kube-vip.io/loadbalancerIPs': '192.0.2.70' };
    await serve('web', '192.0.2.70', { annotations: asked, finalizers }, { loadBalancerIP: '192.0.2.70' });
    await serve('other', '192.0.2.71', { finalizers: ['example.com/keep'] }, { loadBalancerIP: '192.0.2.71' });
    await shell('kubectl apply --server-side -f openelb-vip.yaml');
    await shell('kubectl wait --for=condition=Established crd --all --timeout=30s');
    for (const each of page.get('1')!) await shell(each);
    await withController(async () => {
      for (const section of ['2', '3', '4', '5'])
        for (const each of page.get(section)!) await shell(each, { differences: section === '3' });
      await served('web', '192.0.2.70', 'kubevip-global');
      await served('other', '192.0.2.71', 'kubevip-global');
    });
    for (const name of ['web', 'other'])
      assert.deepEqual((await service(name))?.metadata.finalizers, ['example.com/keep']);
  });
});
