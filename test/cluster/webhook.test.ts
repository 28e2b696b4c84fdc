import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { request } from 'node:https';
import { join } from 'node:path';
import { execa } from 'execa';
import { unpackTools } from '../../scripts/tools/kubectl.js';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { forceRemovalAnnotation } from '../../src/api/annotations.js';
import type { Eip } from '../../src/api/eip.js';
import type { Service } from '../../src/controller/objects/builtin-objects.js';
import { eips } from '../../src/controller/objects/resources.js';
import {
  configurationName,
  eipPath,
  type WebhookConfiguration,
  webhookConfigurations,
} from '../../src/controller/webhook/configuration.js';
import { secrets, services } from '../../src/platform/kubernetes/builtin-resources.js';
import { type ApiClient, openClient } from '../../src/platform/kubernetes/client.js';
import { loadConnection } from '../../src/platform/kubernetes/connection.js';
import { eventually } from '../lab/eventually.js';
import { type RunningController, startControllerHere } from './controller-process.js';
import { freePort } from './free-port.js';
import { type Cluster, startCluster } from './harness.js';
import { callWebhookAt, webhookIsCalled } from './webhook-of.js';

const label = 'eip.openelb.kubesphere.io/v1alpha2';
const certificateOf = (secret: { data?: Record<string, string> } | undefined, key: string) =>
  Buffer.from(secret?.data?.[key] ?? '', 'base64').toString();

describe('the validating webhook', function () {
  this.timeout(60_000);
  let cluster: Cluster;
  let client: ApiClient;
  let controller: RunningController;
  let port: number;

  before(async function () {
    this.timeout(180_000);
    cluster = await startCluster();
    const { kubectl } = await unpackTools();
    client = openClient(await loadConnection({ kubeconfig: cluster.kubeconfig, env: {} }));
    const on = (...args: readonly string[]) => execa(kubectl, ['--kubeconfig', cluster.kubeconfig, ...args]);
    await on('apply', '-f', join(projectRoot(), 'deploy/crds'));
    await on('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
    await on('create', 'namespace', 'openelb-system');
    port = await freePort('127.0.0.1');
    await callWebhookAt(client, port);
    controller = await start();
    await webhookIsCalled(client);
  });
  after(async () => {
    await controller?.stop();
    client?.close();
    await cluster?.stop();
  });

  const start = () => startControllerHere(cluster.kubeconfig, { flags: { 'webhook-address': `127.0.0.1:${port}` } });
  const createEip = (name: string, address: string, annotations: Record<string, string> = {}) =>
    client.create<Eip>(eips, {
      metadata: { name, annotations },
      spec: { address, protocol: 'vip', interface: 'eth0' },
    });
  const readSecret = () =>
    client.get<{ data?: Record<string, string> }>(secrets, 'openelb-system/openelb-webhook-certificate');
  const configuration = () => client.get<WebhookConfiguration>(webhookConfigurations, configurationName);

  it('lets a good Eip in', async () => {
    await createEip('lan', '192.0.2.10-192.0.2.19');
  });

  it('refuses addresses of another Eip, when created and when changed', async () => {
    const message =
      /Invalid: admission webhook "validate.eip.network.kubesphere.io" denied the request: Eip other: spec.address: holds 192.0.2.19, which belongs to Eip lan already: leave it out here or there/;
    await eventually('its cache to know lan', async () =>
      createEip('other', '192.0.2.19-192.0.2.29').then(
        () => client.remove(eips, 'other').then(() => false),
        (error: Error) => message.test(error.message),
      ),
    );
    await createEip('other', '192.0.2.20-192.0.2.29');
    await assert.rejects(client.mergePatch(eips, 'other', { spec: { address: '192.0.2.19-192.0.2.29' } }), message);
  });

  it('refuses to shrink an Eip below an address in use, unless told to', async () => {
    await client.create(services, {
      metadata: {
        name: 'web',
        namespace: 'default',
        annotations: { 'lb.kubesphere.io/v1alpha1': 'openelb', [label]: 'lan' },
      },
      spec: { type: 'LoadBalancer', ports: [{ port: 80 }] },
    } as Service);
    await eventually('an address', async () => {
      const service = await client.get<Service>(services, 'default/web');
      return service?.status?.loadBalancer?.ingress?.[0]?.ip === '192.0.2.10';
    });
    const shrink = (more: object = {}) =>
      client.mergePatch(eips, 'lan', { ...more, spec: { address: '192.0.2.11-192.0.2.19' } });
    await assert.rejects(shrink(), /leaves out addresses in use: Service default\/web has 192.0.2.10/);
    await client.mergePatch(eips, 'lan', { spec: { address: '192.0.2.10-192.0.2.12' } });
    await shrink({ metadata: { annotations: { [forceRemovalAnnotation]: 'true' } } });
    await client.mergePatch(eips, 'lan', {
      spec: { address: '192.0.2.10-192.0.2.19' },
      metadata: { annotations: null },
    });
  });

  it('tells whoever calls it without our configuration nothing that it did not say', async () => {
    const ca = certificateOf(await readSecret(), 'ca.crt');
    const ask = (operation: string, eip: object) =>
      new Promise<string>((resolve, reject) => {
        const call = request(
          { host: '127.0.0.1', port, ca, path: eipPath, method: 'POST', agent: false },
          (response) => {
            const chunks: Buffer[] = [];
            response
              .on('data', (chunk) => chunks.push(chunk))
              .on('end', () => resolve(Buffer.concat(chunks).toString()));
          },
        );
        const body = JSON.stringify({
          apiVersion: 'admission.k8s.io/v1',
          kind: 'AdmissionReview',
          request: { uid: 'u', operation, resource: { resource: 'eips' }, object: eip, oldObject: eip },
        });
        call.on('error', reject).setHeader('content-length', Buffer.byteLength(body)).end(body);
      });
    const guess = {
      metadata: { name: 'guess' },
      spec: { address: '192.0.2.0/24', protocol: 'vip', interface: 'eth0' },
    };
    assert.match(await ask('CREATE', guess), /holds addresses that belong to another Eip already: leave them out/);
    const lan = { ...guess, metadata: { name: 'lan' } };
    const said = await ask('DELETE', lan);
    assert.match(said, /Services have some of them \(kubectl get eip lan/);
    assert.doesNotMatch(said, /web|192\.0\.2\.10|1 Service/);
  });

  it('refuses to delete an Eip in use, unless told to', async () => {
    await assert.rejects(client.remove(eips, 'lan'), /Eip lan: status.used: Service default\/web has 192.0.2.10/);
    assert.ok(await client.remove(eips, 'other'));
  });

  it('lets the controller write statuses and take finalizers off', async () => {
    await client.mergePatch(eips, 'lan', { metadata: { finalizers: ['finalizer.ipam.kubesphere.io/v1alpha1'] } });
    await eventually(
      'no finalizer',
      async () => (await client.get<Eip>(eips, 'lan'))?.metadata.finalizers === undefined,
    );
    await eventually('the usage', async () => (await client.get<Eip>(eips, 'lan'))?.status?.usage === 1);
  });

  it('serves a certificate for the names it is called by, from an authority that the configuration trusts', async () => {
    const secret = await readSecret();
    const certificate = new X509Certificate(certificateOf(secret, 'tls.crt'));
    assert.equal(certificate.checkIP('127.0.0.1'), '127.0.0.1');
    assert.ok(certificate.checkIssued(new X509Certificate(certificateOf(secret, 'ca.crt'))));
    const bundle = (await configuration())?.webhooks?.[0]?.clientConfig.caBundle;
    assert.equal(Buffer.from(bundle ?? '', 'base64').toString(), certificateOf(secret, 'ca.crt'));
  });

  it('keeps its certificate over a restart', async () => {
    const before = certificateOf(await readSecret(), 'tls.crt');
    await controller.stop();
    controller = await start();
    await webhookIsCalled(client);
    assert.equal(certificateOf(await readSecret(), 'tls.crt'), before);
  });

  it('makes another when the Secret is spoilt, and trusts the former still', async () => {
    const before = await readSecret();
    await controller.stop();
    const other = Buffer.from('-----BEGIN PRIVATE KEY-----\nspoilt\n').toString('base64');
    await client.mergePatch(secrets, 'openelb-system/openelb-webhook-certificate', { data: { 'tls.key': other } });
    controller = await start();
    await webhookIsCalled(client);
    const after = await readSecret();
    assert.notEqual(certificateOf(after, 'tls.crt'), certificateOf(before, 'tls.crt'));
    assert.ok(certificateOf(after, 'ca.crt').includes(certificateOf(before, 'ca.crt').trim()));
  });

  it('is not missed: without a controller Eips can be written and deleted', async () => {
    await controller.stop();
    await createEip('unjudged', '192.0.2.10');
    assert.ok(await client.remove(eips, 'unjudged'));
    assert.ok(await client.remove(eips, 'lan'));
    controller = await start();
  });
});
