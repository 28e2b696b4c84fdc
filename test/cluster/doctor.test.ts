import assert from 'node:assert/strict';
import { join } from 'node:path';
import { execa } from 'execa';
import { unpackTools } from '../../scripts/tools/kubectl.js';
import { projectRoot } from '../../scripts/tools/project-root.js';
import type { Service } from '../../src/controller/objects/builtin-objects.js';
import { bgpPeers, eips, vipGroups } from '../../src/controller/objects/resources.js';
import { readCluster } from '../../src/doctor/migration/read.js';
import { reportOf } from '../../src/doctor/migration/report.js';
import { services } from '../../src/platform/kubernetes/builtin-resources.js';
import type { ApiClient } from '../../src/platform/kubernetes/client.js';
import { eventually } from '../lab/eventually.js';
import { startControllerHere } from './controller-process.js';
import { type InstalledCluster, startInstalledCluster } from './installed-cluster.js';

/** The check before MetalLB is taken over, and then the deed. */
describe('openelb-vip doctor --migrate metallb', function () {
  this.timeout(120_000);
  let installed: InstalledCluster;
  let client: ApiClient;
  let binary: string;

  before(async () => {
    installed = await startInstalledCluster(['node-0', 'node-1'], {}, { manifests: ['metallb/rbac.yaml'] });
    ({ client } = installed);
    ({ kubectl: binary } = await unpackTools());
    await installed.kubectl('create', '-f', join(projectRoot(), 'deploy/metallb/crds'));
    await installed.kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
    await installed.kubectl('create', 'namespace', 'metallb-system');
  });
  after(async () => {
    await installed?.stop();
  });

  const theirs = (kind: string, name: string, spec: object) => ({
    apiVersion: `metallb.io/${kind === 'BGPPeer' ? 'v1beta2' : 'v1beta1'}`,
    kind,
    metadata: { name, namespace: 'metallb-system' },
    spec,
  });
  const apply = (...items: readonly object[]) =>
    execa(binary, ['--kubeconfig', installed.cluster.kubeconfig, 'apply', '-f', '-'], {
      input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
    });
  const serve = async (name: string, ip: string | undefined, spec = {}) => {
    const of = { type: 'LoadBalancer', ports: [{ port: 80 }], selector: { app: name }, ...spec };
    await client.create(services, { metadata: { name, namespace: 'default' }, spec: of } as Service);
    if (ip === undefined) return;
    const status = { loadBalancer: { ingress: [{ ip }] } };
    await client.mergePatch(services, `default/${name}`, { status }, { subresource: 'status' });
  };
  const doctor = (...args: readonly string[]) =>
    execa(
      process.execPath,
      [
        '--import=tsx',
        join(projectRoot(), 'src/main.ts'),
        'doctor',
        '--kubeconfig',
        installed.cluster.kubeconfig,
        ...args,
      ],
      { reject: false, cwd: projectRoot() },
    );
  const addressOf = async (name: string) =>
    (await client.get<Service>(services, `default/${name}`))?.status?.loadBalancer?.ingress?.map(({ ip }) => ip).join();

  it('says what it is about when it is called wrongly', async () => {
    assert.match(
      (await doctor('--migrate', 'cilium')).stderr,
      /"cilium": it must be metallb; for others there is openelb-vip convert/,
    );
  });

  it('says so where there is nothing of MetalLB, and ends with 0', async () => {
    const { exitCode, stdout } = await doctor('--migrate', 'metallb');
    assert.equal(exitCode, 0, stdout);
    assert.match(stdout, /there is no object of MetalLB's in namespace metallb-system/);
  });

  it('says of each Service what then happens to it, and changes nothing', async () => {
    await apply(
      theirs('IPAddressPool', 'lan', { addresses: ['192.0.2.0/28'], avoidBuggyIPs: true }),
      theirs('L2Advertisement', 'lan', { ipAddressPools: ['lan'] }),
      theirs('IPAddressPool', 'far', { addresses: ['203.0.113.0/28'], autoAssign: false }),
      theirs('BGPAdvertisement', 'far', { ipAddressPools: ['far'] }),
      theirs('BGPPeer', 'tor', { myASN: 64512, peerASN: 64513, peerAddress: '192.0.2.254' }),
    );
    await serve('web', '192.0.2.1');
    await serve('routed', '203.0.113.3');
    await serve('stray', '198.51.100.7');
    await serve('fresh', undefined);
    await serve('other', '192.0.2.9', { loadBalancerClass: 'metallb.io/metallb' });
    const knowsClasses = (await client.get<Service>(services, 'default/other'))?.spec?.loadBalancerClass !== undefined;
    if (!knowsClasses) console.log('      skipped: Kubernetes 1.20 knows no spec.loadBalancerClass');
    const { exitCode, stdout } = await doctor('--migrate', 'metallb');
    assert.equal(exitCode, 1, stdout);
    assert.match(stdout, /^default\/web +192\.0\.2\.1 +keeps +Eip lan, by ARP and NDP from one of node-0, node-1$/m);
    assert.match(
      stdout,
      /^default\/routed +203\.0\.113\.3 +keeps +Eip far, by BGP from node-0, node-1, by BgpPeer tor$/m,
    );
    const leftAlone = /^- Service default\/other is not taken over, with 192\.0\.2\.9: its class metallb\.io\/metallb/m;
    assert.equal(leftAlone.test(stdout), knowsClasses, stdout);
    for (const kind of [eips, bgpPeers, vipGroups]) assert.deepEqual((await client.list(kind)).items, []);

    const places = { metallbNamespace: 'metallb-system', namespace: 'openelb-system' };
    const { fates } = reportOf(await readCluster(client, places), Date.now());
    const outcomes = Object.fromEntries(fates.map(({ service, outcome }) => [service, outcome]));
    assert.deepEqual(
      [outcomes['default/stray'], outcomes['default/fresh'], outcomes['default/other']],
      ['changes', 'gets', knowsClasses ? 'left' : 'keeps'],
    );
    const controller = await startControllerHere(installed.cluster.kubeconfig, {
      flags: { 'metallb-objects': true, 'metallb-namespace': 'metallb-system' },
    });
    try {
      for (const { service, addresses, outcome } of fates) {
        const isFrom = /^192\.0\.2\.\d+$/;
        await eventually(`${service} ${outcome} ${addresses.join()}`, async () => {
          const has = await addressOf(service.split('/')[1]!);
          const isNew = outcome === 'gets' || outcome === 'changes';
          return isNew ? isFrom.test(has ?? '') && !addresses.includes(has!) : has === addresses.join();
        });
      }
      const again = await doctor('--migrate', 'metallb');
      assert.match(again.stdout, /of its objects nothing is to be made that is not there/);
      assert.match(again.stdout, /^default\/web +192\.0\.2\.1 +keeps/m);
    } finally {
      await controller.stop();
    }
  });
});
