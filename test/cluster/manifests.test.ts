import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { unpackTools } from '../../scripts/tools/kubectl.js';
import { projectRoot } from '../../scripts/tools/project-root.js';
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
});
