import assert from 'node:assert/strict';
import type { Eip } from '../../src/api/eip.js';
import type { Service } from '../../src/controller/objects/builtin-objects.js';
import { eips } from '../../src/controller/objects/resources.js';
import { coreEvents, services } from '../../src/platform/kubernetes/builtin-resources.js';
import type { ApiClient } from '../../src/platform/kubernetes/client.js';
import { eventually } from '../lab/eventually.js';
import { type RunningController, startControllerHere } from './controller-process.js';
import { type InstalledCluster, startInstalledCluster } from './installed-cluster.js';

interface Event {
  readonly metadata: { readonly name: string };
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count?: number;
  readonly series?: { readonly count: number };
  readonly involvedObject: { readonly kind: string; readonly name: string };
}

const optIn = 'lb.kubesphere.io/v1alpha1';
const pool = 'eip.openelb.kubesphere.io/v1alpha2';

/** Services that were meant for us and are not served, and what Events say of them. */
const meant: readonly (readonly [string, Readonly<Record<string, string>>, object, RegExp])[] = [
  [
    'typo',
    { [optIn]: 'opnelb' },
    {},
    /^InvalidAnnotation annotation \S+v1alpha1 is "opnelb", so the Service is not served/,
  ],
  [
    'version',
    { 'lb.kubesphere.io/v1alpha2': 'openelb' },
    {},
    /^UnknownAnnotation .*write lb\.kubesphere\.io\/v1alpha1 /,
  ],
  ['pool-alone', { [pool]: 'lan' }, {}, /^NotOptedIn .*write the annotation lb\.kubesphere\.io\/v1alpha1: openelb/],
  ['cluster-ip', { [optIn]: 'openelb' }, { type: 'ClusterIP' }, /^NotLoadBalancer .*spec\.type is "ClusterIP"/],
];

/** The same, where the server knows classes (1.21 and later). */
const classes: typeof meant = [
  [
    'class-of-ours',
    {},
    { loadBalancerClass: 'openelb.io/layer2' },
    /^UnknownClass .*the one class here is openelb\.io\/vip/,
  ],
  ['class-of-others', { [optIn]: 'openelb' }, { loadBalancerClass: 'example.com/lb' }, /^ForeignClass /],
];

describe('warnings', function () {
  this.timeout(60_000);
  let installed: InstalledCluster;
  let client: ApiClient;
  let controller: RunningController;
  let withClasses: boolean;

  before(async function () {
    this.timeout(180_000);
    installed = await startInstalledCluster(['node-0', 'node-1']);
    ({ client } = installed);
    withClasses = installed.cluster.kind === 'small';
    controller = await startControllerHere(installed.cluster.kubeconfig);
    await client.create<Eip>(eips, {
      metadata: { name: 'lan', annotations: { 'eip.openelb.kubesphere.io/is-default-eip': 'True' } },
      spec: { address: '192.0.2.10-192.0.2.40', protocol: 'vip', interface: 'eth0' },
    });
    for (const [name, annotations, spec] of [...meant, ...(withClasses ? classes : [])]) {
      await create(name, annotations, spec);
    }
  });
  after(async () => {
    await controller?.stop();
    await installed?.stop();
  });

  const create = (name: string, annotations: Readonly<Record<string, string>>, spec: object = {}) =>
    client.create(services, {
      metadata: { name, namespace: 'default', annotations },
      spec: { type: 'LoadBalancer', ports: [{ port: 80 }], selector: { app: name }, ...spec },
    } as Service);
  const service = (name: string) => client.get<Service>(services, `default/${name}`);
  const addressOf = (object: Service | undefined) => object?.status?.loadBalancer?.ingress?.[0]?.ip;
  const events = async (kind: string, name: string) =>
    (await client.list<Event>(coreEvents)).items.filter(
      ({ type, involvedObject }) => type === 'Warning' && involvedObject.kind === kind && involvedObject.name === name,
    );
  const warning = (kind: string, name: string, pattern: RegExp) =>
    eventually(`a warning ${pattern} of ${kind} ${name}`, async () =>
      (await events(kind, name)).find(({ reason, message }) => pattern.test(`${reason} ${message}`)),
    );

  for (const [name, , , pattern] of [...meant, ...classes]) {
    it(`are told of Service ${name}, which is left as it is`, async function () {
      if (!withClasses && classes.some(([each]) => each === name)) {
        console.log('      skipped: Kubernetes 1.20 knows no spec.loadBalancerClass');
        this.skip();
      }
      await warning('Service', name, pattern);
      assert.equal((await events('Service', name)).length, 1);
      const object = await service(name);
      assert.equal(addressOf(object), undefined);
      assert.equal(object?.metadata.labels, undefined);
      assert.equal(object?.metadata.finalizers, undefined);
    });
  }

  it('are told of an Eip that means to be the default', async () => {
    await warning('Eip', 'lan', /^InvalidAnnotation .*is-default-eip is "True".*write "true"/);
  });

  it('are told once, however often the object changes', async () => {
    for (let at = 0; at < 5; at += 1) {
      const before = await controller.metric('openelb_controller_reconciliations_total{result="ok"}');
      await client.mergePatch(services, 'default/typo', { metadata: { labels: { at: String(at) } } });
      await client.mergePatch(eips, 'lan', { metadata: { annotations: { 'example.com/at': String(at) } } });
      await eventually(
        'another look',
        async () => (await controller.metric('openelb_controller_reconciliations_total{result="ok"}')) > before,
      );
    }
    // Events go out one after the other: those of the changes would be there before this one's.
    await create('last', { [optIn]: 'last' });
    await warning('Service', 'last', /is "last"/);
    for (const [kind, name] of [
      ['Service', 'typo'],
      ['Eip', 'lan'],
    ] as const) {
      const counts = (await events(kind, name)).map(({ count, series }) => series?.count ?? count ?? 1);
      assert.deepEqual(counts, [1], `${kind} ${name}`);
    }
  });

  it('are over when the Service is mended, which is served then', async () => {
    await client.mergePatch(services, 'default/typo', {
      metadata: { annotations: { [optIn]: 'openelb', [pool]: 'lan' } },
    });
    await eventually('an address', async () => addressOf(await service('typo')) !== undefined);
    await client.mergePatch(services, 'default/pool-alone', { metadata: { annotations: { [optIn]: 'openelb' } } });
    await eventually('an address', async () => addressOf(await service('pool-alone')) !== undefined);
  });

  it('are told of what a Service that is served asks for in vain', async () => {
    const protocol = 'protocol.openelb.kubesphere.io/v1alpha1';
    await create('served', { [optIn]: 'openelb', [pool]: 'lan', [protocol]: 'layer2' });
    await warning('Service', 'served', /^InvalidAnnotation .*is layer2, but Eip "lan".* has protocol vip/);
    assert.notEqual(addressOf(await service('served')), undefined);
  });

  it('are not told of what is none of our business', async () => {
    await create('plain', {});
    await create('others', { 'metallb.io/address-pool': 'lan', 'kube-vip.io/loadbalancerIPs': '192.0.2.1' });
    await create('internal', { [pool]: 'lan' }, { type: 'ClusterIP' });
    if (withClasses) await create('of-others', { [pool]: 'lan' }, { loadBalancerClass: 'example.com/lb' });
    await create('witness', { [optIn]: 'wit' });
    await warning('Service', 'witness', /is "wit"/);
    for (const name of ['plain', 'others', 'internal', 'of-others']) {
      assert.deepEqual(await events('Service', name), [], name);
    }
  });
});
