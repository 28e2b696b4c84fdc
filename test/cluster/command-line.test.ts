// What the command line says to people, against an API server: of a cluster as it is, without our CRDs, without rights, and without a server.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { projectRoot } from '../../scripts/tools/project-root.js';
import type { Eip } from '../../src/api/eip.js';
import type { VipGroup } from '../../src/api/vip-group.js';
import { eips, vipGroups } from '../../src/controller/objects/resources.js';
import type { Finding } from '../../src/doctor/finding.js';
import { daemonSets } from '../../src/platform/kubernetes/builtin-resources.js';
import type { KubernetesObject } from '../../src/platform/kubernetes/resource.js';
import { startCluster } from './harness.js';
import { type InstalledCluster, startInstalledCluster } from './installed-cluster.js';
import { writeKubeconfig } from './kubeconfig.js';

const run = (...args: readonly string[]) =>
  execa(process.execPath, ['--import=tsx', join(projectRoot(), 'src/main.ts'), ...args], {
    reject: false,
    cwd: projectRoot(),
    env: { KUBECONFIG: '', NODE_NAME: 'no-node-of-this-name' },
  });

describe('the command line', function () {
  this.timeout(120_000);
  let installed: InstalledCluster;
  let folder: string;
  const ask = (...args: readonly string[]) => run(...args, '--kubeconfig', installed.cluster.kubeconfig);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'openelb-vip-command-line-'));
    installed = await startInstalledCluster(['node-a', 'node-b']);
    const { client } = installed;
    await client.create<Eip>(eips, { metadata: { name: 'lan' }, spec: { address: '192.0.2.0/24', protocol: 'vip' } });
    const pool = { usage: 128, poolSize: 256, leftOutAddresses: { '192.0.2.1': 'an address of node node-a' } };
    await client.mergePatch(eips, 'lan', { status: pool }, { subresource: 'status' });
    const members = [
      { node: 'node-a', priority: 254, address: '192.0.2.1' },
      { node: 'node-b', priority: 234, address: '192.0.2.2' },
    ];
    await client.create<VipGroup>(vipGroups, {
      metadata: { name: 'lan-0' },
      spec: { protocol: 'vip', addresses: ['192.0.2.100'], vrrp: { virtualRouterId: 7 }, members },
    });
    const at = new Date(Date.now() - 60_000).toISOString();
    const since = at.replace(/\.\d+Z$/, 'Z');
    const entry = (to: string, from: string, peer?: string) => [
      { at, from, to, reason: 'no-response', ...(peer && { peer }) },
    ];
    const status = {
      holder: 'node-b',
      since,
      transitions: 2,
      reason: 'no-response',
      members: [
        { node: 'node-a', state: 'Backup', since },
        { node: 'node-b', state: 'Active', since, history: entry('Active', 'Backup', '192.0.2.1') },
      ],
      conditions: [
        {
          type: 'AddressConflict',
          status: 'True',
          reason: 'AnsweredElsewhere',
          message: 'x (seen by node-b)',
          lastTransitionTime: since,
        },
      ],
    };
    await client.mergePatch(vipGroups, 'lan-0', { status }, { subresource: 'status' });
  });
  after(async () => {
    await installed?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('shows pools with bars, groups with holder, since and why, members with their last change, and conflicts', async () => {
    const { stdout, exitCode } = await ask('status');
    assert.equal(exitCode, 0);
    assert.match(stdout, /^lan +vip +128\/256 +\[#{10}\.{10}\] 50% +never$/m, 'no controller was heard of');
    assert.match(stdout, /^lan-0 +vip +7 +1 +node-b +\S+ +no-response +\ds +node-a:Backup \S+ {2}node-b:Active \S+$/m);
    assert.match(stdout, /^AddressConflict +lan-0 +\S+ +AnsweredElsewhere +x \(seen by node-b\)$/m);
    assert.equal(stdout.includes('\u001b'), false, 'in a pipe it is plain');
    const data = JSON.parse((await ask('status', '-o', 'json')).stdout);
    assert.deepEqual(
      [data.pools.length, data.groups[0].status.holder, Object.keys(data.heard.agents).length],
      [1, 'node-b', 2],
    );
    assert.equal((await ask('status', '--names')).stdout, 'lan-0');
  });

  it('shows who led when, as the API server has it, and knows no group by another name', async () => {
    const { stdout, exitCode } = await ask('history', 'lan-0');
    assert.equal(exitCode, 0);
    assert.match(stdout, /Z +\S+ +lan-0 +node-b +Backup +Active +no-response +node-a$/m);
    const other = await ask('history', 'lan-1');
    assert.deepEqual([other.exitCode, other.stdout], [1, '']);
    assert.match(other.stderr, /there is no VipGroup lan-1: did you mean lan-0\?/);
  });

  it('examines the cluster in ten seconds: agents that live, clocks, conflicts, rivals, addresses of nodes in pools', async () => {
    const rival = {
      metadata: { name: 'speaker', namespace: 'default' },
      spec: {
        selector: { matchLabels: { app: 'speaker' } },
        template: {
          metadata: { labels: { app: 'speaker' } },
          spec: { containers: [{ name: 'speaker', image: 'registry.example/metallb/speaker:v0.14.8' }] },
        },
      },
    } as KubernetesObject;
    await installed.client.create(daemonSets, rival);
    const began = performance.now();
    const { stdout, exitCode } = await ask('doctor', '-o', 'json');
    assert.ok(performance.now() - began < 10_000 + 5_000, 'with the start from sources, which takes some seconds');
    const found = JSON.parse(stdout) as readonly Finding[];
    const of = (check: string) => found.filter((each) => each.check === check).map(({ severity }) => severity);
    assert.deepEqual(of('address conflicts'), ['problem']);
    assert.deepEqual(of('controller'), ['problem']);
    assert.deepEqual(of('clocks'), ['fine']);
    assert.deepEqual(of('node addresses in pools'), ['warning']);
    assert.deepEqual(of('other load balancers'), ['warning']);
    assert.equal(of('agents').includes('problem'), false);
    assert.equal(exitCode, 1);
  });

  it('says what may not be read, and what to do, and shows nothing else', async function () {
    if (installed.cluster.kind !== 'real') {
      console.log('      skipped: the small API server knows no rights of people');
      this.skip();
    }
    const { url, certificateAuthority } = installed.cluster;
    const kubeconfig = join(folder, 'nobody');
    await writeKubeconfig(kubeconfig, { url, certificateAuthority: certificateAuthority! });
    for (const command of ['status', 'history']) {
      const { stdout, stderr, exitCode } = await run(command, '--kubeconfig', kubeconfig);
      assert.deepEqual([exitCode, stdout], [1, ''], command);
      assert.match(
        stderr,
        /no permission to list vipgroups\.network\.kubesphere\.io.*give it: kubectl create clusterrole/,
      );
    }
    const { stdout, exitCode } = await run('doctor', '--kubeconfig', kubeconfig, '-o', 'json');
    const found = JSON.parse(stdout) as readonly Finding[];
    assert.equal(exitCode, 0, 'nothing is known to be wrong');
    assert.ok(found.every(({ severity }) => severity !== 'problem' && severity !== 'warning'));
    assert.ok(found.filter(({ severity }) => severity === 'unknown').length >= 5);
  });

  it('says that there is no server, and no agent here either', async () => {
    const kubeconfig = join(folder, 'nowhere');
    await writeKubeconfig(kubeconfig, { url: 'http://127.0.0.1:1' });
    for (const command of ['status', 'history']) {
      const { stderr, exitCode } = await run(command, '--kubeconfig', kubeconfig);
      assert.equal(exitCode, 1);
      assert.match(
        stderr,
        /cannot reach the API server .*; and no agent of node no-node-of-this-name answers on this host/,
      );
    }
    const { stdout, exitCode } = await run('doctor', '--kubeconfig', kubeconfig);
    assert.equal(exitCode, 1);
    assert.match(stdout, /^problem +API server: .*cannot reach the API server/m);
  });
});

describe('the command line, where the CRDs are missing', function () {
  this.timeout(60_000);

  it('says so, and how to get them', async () => {
    const cluster = await startCluster();
    try {
      for (const command of ['status', 'history']) {
        const { stderr, exitCode } = await run(command, '--kubeconfig', cluster.kubeconfig);
        assert.equal(exitCode, 1);
        assert.match(
          stderr,
          /the API server knows no vipgroups\.network\.kubesphere\.io: install openelb-vip in that cluster/,
        );
      }
      const { stdout } = await run('doctor', '--kubeconfig', cluster.kubeconfig);
      assert.match(stdout, /problem +CRDs and permissions: VipGroups: .*\n +-> kubectl apply -f deploy\/crds/);
    } finally {
      await cluster.stop();
    }
  });
});
