import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { type Tools, unpackTools } from '../../scripts/tools/kubectl.js';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { eventually } from '../lab/eventually.js';
import { type Cluster, startCluster } from './harness.js';

const root = projectRoot();

describe('the chart on a cluster', function () {
  this.timeout(180_000);
  let cluster: Cluster;
  let tools: Tools;
  let helm: (...args: readonly string[]) => Promise<string>;
  let kubectl: (...args: readonly string[]) => Promise<string>;

  before(async function () {
    if (!process.env.KUBEBUILDER_ASSETS) {
      console.log('    skipped: KUBEBUILDER_ASSETS names no kube-apiserver, and helm needs every kind of the chart');
      this.skip();
    }
    cluster = await startCluster({ kind: 'real' });
    tools = await unpackTools();
    const on =
      (tool: string) =>
      async (...args: readonly string[]) => {
        const { exitCode, all } = await execa(tool, [...args, '--kubeconfig', cluster.kubeconfig], {
          reject: false,
          all: true,
        });
        assert.equal(exitCode, 0, all);
        return all;
      };
    helm = on(tools.helm);
    kubectl = on(tools.kubectl);
  });
  after(() => cluster?.stop());

  /** Also of a command that ends with 1, as one does that says no. */
  const answer = async (...args: readonly string[]) => {
    const { kubectl: tool } = await unpackTools();
    return (await execa(tool, [...args, '--kubeconfig', cluster.kubeconfig], { reject: false })).stdout;
  };
  const upgrade = (...flags: readonly string[]) =>
    helm('upgrade', '--install', 'openelb', root, '--namespace', 'openelb-system', '--create-namespace', ...flags);

  it('takes over the CRDs that OpenELB left, with every Eip, when told to', async () => {
    await kubectl('apply', '--server-side', '-f', join(root, 'deploy/crds'));
    await kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
    await kubectl('apply', '-f', join(root, 'deploy/samples/eip-vip.yaml'));
    await assert.rejects(upgrade(), /take-ownership|ownership metadata/);
    await upgrade('--take-ownership');
    assert.match(await kubectl('get', 'eip', 'vip-pool', '-o', 'name'), /vip-pool/);
  });

  it('upgrades in place: a value that changes changes the objects', async () => {
    const notes = await upgrade('--set', 'controller.logLevel=debug');
    assert.match(notes, /The Eips that there are \(vip-pool\) are READY/);
    const args = await kubectl('-n', 'openelb-system', 'get', 'deployment', 'openelb-controller', '-o', 'yaml');
    assert.match(args, /--log-level=debug/);
  });

  it('creates all that can be asked for, and takes it away again', async () => {
    const all = [
      'commonLabels={"team":"net"}',
      'networkPolicy={"enable":true,"apiServers":["192.0.2.1/32"]}',
      'monitoring.dashboard.enable=true',
      'controller={"replicas":2,"podDisruptionBudget":{"enable":true}}',
      ...['agent', 'controller'].flatMap((program) => [
        `${program}.podLabels={"own":"x"}`,
        `${program}.podAnnotations={"example.com/a":"b"}`,
        `${program}.extraArgs=["--kubeconfig=/etc/kubeconfig"]`,
        `${program}.extraEnv=[{"name":"A","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}}]`,
        `${program}.extraVolumes=[{"name":"checks","configMap":{"name":"checks","optional":true}}]`,
        `${program}.extraVolumeMounts=[{"name":"checks","mountPath":"/checks"}]`,
      ]),
      'agent.apiServer={"host":"192.0.2.9","port":7443}',
    ];
    await upgrade(...all.flatMap((value) => ['--set-json', value]));
    const kinds = 'daemonsets,deployments,poddisruptionbudgets,networkpolicies,configmaps,serviceaccounts,services';
    const labelled = await kubectl('-n', 'openelb-system', 'get', kinds, '-l', 'team=net', '-o', 'name');
    for (const name of ['poddisruptionbudget.policy/openelb-controller', 'configmap/openelb-dashboard'])
      assert.ok(labelled.includes(name), labelled);
    assert.equal((await kubectl('get', 'crd', '-l', 'team=net', '-o', 'name')).trim().split('\n').length, 4);
    await upgrade('--reset-values', '--set-json', 'controller.hostNetwork=true');
    await upgrade('--reset-values');
    const left = await kubectl('get', 'crd,clusterroles', '-l', 'team=net', '-o', 'name');
    assert.equal(left.trim(), '');
    assert.equal((await kubectl('-n', 'openelb-system', 'get', 'poddisruptionbudgets', '-o', 'name')).trim(), '');
  });

  it("brings MetalLB's kinds where they are not, leaves those alone that are there, and takes its rights away again", async () => {
    const folder = join(root, 'deploy/metallb/crds');
    await kubectl('create', '-f', join(folder, 'metallb.io_ipaddresspools.yaml'));
    // Without the label it might be MetalLB's own; with it, it is ours and was not brought by Helm, which takes over nobody's.
    await kubectl('label', 'crd', 'ipaddresspools.metallb.io', 'app.kubernetes.io/part-of-');
    await kubectl('create', '-f', join(folder, 'metallb.io_communities.yaml'));
    for (const _ of ['first', 'again']) await upgrade('--set', 'metallb.enabled=true,metallb.crds=true');
    const ours = await kubectl('get', 'crd', '-l', 'app.kubernetes.io/part-of=openelb-vip', '-o', 'name');
    assert.match(ours, /bgppeers\.metallb\.io/);
    assert.doesNotMatch(ours, /ipaddresspools/);
    const byHelm = await kubectl('get', 'crd', '-l', 'app.kubernetes.io/managed-by=Helm', '-o', 'name');
    assert.match(byHelm, /bgppeers\.metallb\.io/);
    assert.doesNotMatch(byHelm, /communities\.metallb\.io|ipaddresspools/);
    const mayRead = async () => {
      const as = '--as=system:serviceaccount:openelb-system:openelb-controller';
      return (await answer('auth', 'can-i', 'list', 'ipaddresspools.metallb.io', as)).includes('yes');
    };
    assert.equal(await mayRead(), true);
    await upgrade('--reset-values');
    assert.equal(await mayRead(), false);
    assert.match(await kubectl('get', 'crd', 'bgppeers.metallb.io', '-o', 'name'), /bgppeers/);
  });

  it('tells of the label that Pod Security asks for until the namespace has it', async () => {
    const label = 'pod-security.kubernetes.io/enforce=privileged';
    assert.ok((await upgrade()).includes(`kubectl label namespace openelb-system ${label}`));
    await kubectl('label', 'namespace', 'openelb-system', label);
    assert.ok(!(await upgrade()).includes('kubectl label namespace'));
  });

  it('names the Secrets of BgpPeers that agents may not read, until they are listed', async () => {
    const conf = { neighborAddress: '192.0.2.254', peerAs: 64513, passwordSecret: { name: 'tor' } };
    const peer = {
      apiVersion: 'network.kubesphere.io/v1alpha2',
      kind: 'BgpPeer',
      metadata: { name: 'tor' },
      spec: { conf },
    };
    const folder = await mkdtemp(join(tmpdir(), 'openelb-chart-'));
    await writeFile(join(folder, 'peer.json'), JSON.stringify(peer));
    await kubectl('apply', '-f', folder);
    await rm(folder, { recursive: true });
    const flag = 'agent.passwordSecrets={openelb-bgp-passwords,tor}';
    assert.ok((await upgrade()).includes(`--set '${flag}'`));
    assert.ok(!(await upgrade('--set', flag)).includes('passwordSecrets'));
    const role = await kubectl('-n', 'openelb-system', 'get', 'role', 'openelb-agent', '-o', 'yaml');
    assert.match(role, /resourceNames:\n\s+- openelb-bgp-passwords\n\s+- tor\n/);
  });

  it('has `helm test` make a Service and a Pod that may ask for it and for nothing else, and take both away', async () => {
    const test = helm('test', 'openelb', '--namespace', 'openelb-system', '--timeout', '60s');
    await eventually('the Pod', async () => {
      const pods = await kubectl('-n', 'openelb-system', 'get', 'pods', '-o', 'name');
      return pods.includes('pod/openelb-test');
    });
    const service = await kubectl('-n', 'openelb-system', 'get', 'service', 'openelb-test', '-o', 'yaml');
    // This server does not know classes.
    assert.match(service, /lb\.kubesphere\.io\/v1alpha1: openelb/);
    const account = '--as=system:serviceaccount:openelb-system:openelb-test';
    const may = async (...what: readonly string[]) =>
      (
        await execa(tools.kubectl, ['auth', 'can-i', ...what, account, '--kubeconfig', cluster.kubeconfig], {
          reject: false,
        })
      ).stdout;
    assert.equal(await may('get', 'services/openelb-test', '-n', 'openelb-system'), 'yes');
    assert.equal(await may('list', 'vipgroups.network.kubesphere.io'), 'yes');
    assert.equal(await may('get', 'services/openelb-webhook', '-n', 'openelb-system'), 'no');
    assert.equal(await may('list', 'secrets', '-n', 'openelb-system'), 'no');
    // In place of a kubelet.
    const done = ['--subresource=status', '--type=merge', '-p', '{"status":{"phase":"Succeeded"}}'];
    await kubectl('-n', 'openelb-system', 'patch', 'pod', 'openelb-test', ...done);
    assert.match(await test, /Phase: +Succeeded/);
    const kinds = 'services,serviceaccounts,roles,rolebindings,clusterroles,clusterrolebindings';
    const left = await kubectl('-n', 'openelb-system', 'get', kinds, '-l', 'component=test', '-o', 'name');
    assert.equal(left.trim(), '');
  });

  it('takes the values for each platform', async () => {
    const folder = join(root, 'deploy/values');
    for (const file of await readdir(folder)) {
      // This server has no kinds of OpenShift's, nor of the Prometheus operator's.
      const without = file.includes('openshift')
        ? ['--set', 'monitoring.podMonitor.enable=false,monitoring.prometheusRule.enable=false']
        : [];
      await upgrade('--reset-values', '--values', join(folder, file), ...without);
    }
  });

  it('is uninstalled without taking the CRDs and the Eips along', async () => {
    await helm('uninstall', 'openelb', '--namespace', 'openelb-system');
    assert.match(await kubectl('get', 'eip', 'vip-pool', '-o', 'name'), /vip-pool/);
    assert.equal((await kubectl('-n', 'openelb-system', 'get', 'daemonsets,deployments', '-o', 'name')).trim(), '');
  });
});
