import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { unpackTools } from '../../scripts/tools/kubectl.js';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { eventually } from '../lab/eventually.js';
import { type Cluster, startCluster } from './harness.js';

const deploy = join(projectRoot(), 'deploy');

describe('what a user applies', function () {
  this.timeout(180_000);
  let cluster: Cluster;
  let kubectl: (...args: readonly string[]) => Promise<{ exitCode?: number; all: string }>;

  before(async function () {
    if (!process.env.KUBEBUILDER_ASSETS) {
      console.log('    skipped: KUBEBUILDER_ASSETS names no kube-apiserver, and only that one validates every kind');
      this.skip();
    }
    cluster = await startCluster({ kind: 'real' });
    const { kubectl: binary } = await unpackTools();
    kubectl = (...args) => execa(binary, ['--kubeconfig', cluster.kubeconfig, ...args], { reject: false, all: true });
  });
  after(() => cluster?.stop());

  const kubectlWith = async (input: object, ...args: readonly string[]) => {
    const { kubectl: binary } = await unpackTools();
    await execa(binary, ['--kubeconfig', cluster.kubeconfig, ...args], { input: JSON.stringify(input) });
  };
  const apply = (object: object) => kubectlWith(object, 'apply', '-f', '-');

  const succeeds = async (...args: readonly string[]) => {
    const { exitCode, all } = await kubectl(...args);
    assert.equal(exitCode, 0, all);
    return all;
  };

  it('applies in one go: deploy/openelb-vip.yaml, with validation on', async () => {
    await succeeds('apply', '--server-side', '--validate=strict', '-f', join(deploy, 'openelb-vip.yaml'));
    await succeeds('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
    const all = await succeeds('-n', 'openelb-system', 'get', 'deployments,daemonsets', '-o', 'name');
    assert.deepEqual(all.split('\n').sort(), ['daemonset.apps/openelb-agent', 'deployment.apps/openelb-controller']);
  });

  it('changes nothing when applied again: deploy/openelb-vip.yaml', async () => {
    const generations = () =>
      succeeds('get', '-A', 'crd,deployments,daemonsets', '-o', 'jsonpath={.items[*].metadata.generation}');
    const before = await generations();
    await succeeds('apply', '--server-side', '--validate=strict', '-f', join(deploy, 'openelb-vip.yaml'));
    assert.equal(await generations(), before);
  });

  const samples = readdirSync(join(deploy, 'samples'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.yaml'),
  );
  for (const sample of samples) {
    it(`applies with validation on: deploy/samples/${sample}`, async () => {
      await succeeds('apply', '--validate=strict', '-f', join(deploy, 'samples', sample));
    });
  }

  it('is read by the agent with no more rights than the chart gives it', async () => {
    const agent = '--as=system:serviceaccount:openelb-system:openelb-agent';
    for (const [verb, what, answer] of [
      ['watch', 'vipgroups.network.kubesphere.io', 'yes'],
      ['patch', 'vipgroups.network.kubesphere.io/status', 'yes'],
      ['create', 'events', 'yes'],
      ['patch', 'vipgroups.network.kubesphere.io', 'no'],
      ['list', 'services', 'no'],
      ['list', 'secrets', 'no'],
      ['list', 'pods', 'no'],
    ] as const) {
      const [resource, subresource] = what.split('/');
      const args = ['auth', 'can-i', verb, resource!, ...(subresource ? [`--subresource=${subresource}`] : []), agent];
      const { all } = await kubectl(...args);
      assert.equal(all.split('\n').at(-1), answer, `${verb} ${what}`);
    }
  });

  describe('and removes', () => {
    const file = join(deploy, 'openelb-vip.yaml');
    const clusterWide = 'clusterroles,clusterrolebindings,validatingwebhookconfigurations';
    const inNamespace = 'deployments,daemonsets,services,serviceaccounts,roles,rolebindings';
    /** Everything of the programs that is there. */
    const programs = async () => {
      const label = ['-l', 'app.kubernetes.io/name=openelb-vip', '-o', 'name'];
      const [wide, narrow] = [
        await succeeds('get', clusterWide, ...label),
        await succeeds('-n', 'openelb-system', 'get', inNamespace, ...label),
      ];
      return `${wide}\n${narrow}`.split('\n').filter((line) => line.includes('/'));
    };
    const ingress = () => succeeds('get', 'service', 'removing', '-o', 'jsonpath={.status.loadBalancer.ingress[*].ip}');

    before(async function () {
      if (cluster === undefined) return this.skip();
      // No controller runs here: the address stands for what one has written.
      const service = { metadata: { name: 'removing' }, spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } };
      await apply({ apiVersion: 'v1', kind: 'Service', ...service });
      const status = { loadBalancer: { ingress: [{ ip: '192.0.2.7' }] } };
      const raw = ['replace', '--raw', '/api/v1/namespaces/default/services/removing/status', '-f', '-'];
      const present = JSON.parse(await succeeds('get', 'service', 'removing', '-o', 'json'));
      await kubectlWith({ ...present, status }, ...raw);
      assert.equal(await ingress(), '192.0.2.7');
    });

    it('the programs by their label, and leaves CRDs, Eips and the addresses of Services', async () => {
      assert.ok((await programs()).length >= 12, (await programs()).join(' '));
      const before = await succeeds('get', 'eips', '-o', 'name');
      assert.notEqual(before.trim(), '');
      await succeeds('delete', '-f', file, '-l', 'app.kubernetes.io/name=openelb-vip');
      assert.deepEqual(await programs(), []);
      assert.equal(await succeeds('get', 'eips', '-o', 'name'), before);
      assert.match(await succeeds('get', 'namespace', 'openelb-system', '-o', 'name'), /openelb-system/);
      assert.equal(await ingress(), '192.0.2.7');
    });

    it('nothing that is missing then: an Eip can be made and deleted without them', async () => {
      assert.equal(await succeeds('get', 'validatingwebhookconfigurations', '-o', 'name'), '');
      const spec = { address: '198.51.100.1', protocol: 'vip', interface: 'eth0' };
      await apply({ apiVersion: 'network.kubesphere.io/v1alpha2', kind: 'Eip', metadata: { name: 'later' }, spec });
      await succeeds('delete', 'eip', 'later', '--timeout=10s');
    });

    it('every Eip, in use or not, when all of it is deleted', async () => {
      await succeeds('apply', '--server-side', '-f', file);
      // The namespace would not end without a controller manager.
      await succeeds('delete', '--wait=false', '-f', file);
      await eventually('no CRD', async () => {
        const { exitCode, all } = await kubectl('get', 'eips');
        return exitCode !== 0 && /doesn't have a resource type|could not find/.test(all);
      });
      assert.equal(await ingress(), '192.0.2.7');
    });
  });
});
