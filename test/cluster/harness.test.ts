import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { vipGroups } from '../../src/controller/objects/resources.js';
import { secrets } from '../../src/platform/kubernetes/builtin-resources.js';
import { openClient } from '../../src/platform/kubernetes/client.js';
import { loadConnection } from '../../src/platform/kubernetes/connection.js';
import { createRawClient } from './contract/raw-client.js';
import { startCluster } from './harness.js';

const assets = process.env.KUBEBUILDER_ASSETS;
const kind = assets ? 'real' : 'small';

describe(`a ${kind} cluster for tests`, function () {
  this.timeout(90_000);

  it('listens on the address that is asked for and leaves nothing behind', async () => {
    const cluster = await startCluster({ address: '127.0.0.3' });
    assert.equal(cluster.kind, kind);
    assert.equal(new URL(cluster.url).hostname, '127.0.0.3');
    assert.ok(existsSync(cluster.kubeconfig));
    assert.equal((await createRawClient(cluster).get('/readyz')).body, 'ok');
    await cluster.stop();
    await cluster.stop();
    assert.equal(existsSync(dirname(cluster.kubeconfig)), false);
    await assert.rejects(createRawClient(cluster).get('/readyz'), /ECONNREFUSED/);
  });

  it('keeps its data in a folder of the caller', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'harness-test-'));
    const cluster = await startCluster({ dir });
    await cluster.stop();
    assert.ok((await readdir(dir)).includes('kubeconfig'));
    await rm(dir, { recursive: true });
  });

  it('says which program a folder lacks', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'harness-test-'));
    process.env.KUBEBUILDER_ASSETS = dir;
    try {
      await assert.rejects(startCluster({ kind: 'real' }), new RegExp(`KUBEBUILDER_ASSETS=${dir} has no etcd`));
    } finally {
      if (assets === undefined) delete process.env.KUBEBUILDER_ASSETS;
      else process.env.KUBEBUILDER_ASSETS = assets;
      await rm(dir, { recursive: true });
    }
  });

  it('ends with its parent, even one that is killed', async function () {
    if (kind === 'small') {
      this.test!.title += ' (the small server is no process of its own: nothing to see)';
      this.skip();
    }
    const dir = await mkdtemp(join(tmpdir(), 'harness-test-'));
    const program = `import { startCluster } from ${JSON.stringify(new URL('./harness.js', import.meta.url).href)};
      await startCluster({ dir: ${JSON.stringify(dir)} }); console.log('up');`;
    const parent = spawn(process.execPath, ['--import=tsx', '--input-type=module', '-e', program], {
      cwd: projectRoot(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(parent.stdout, 'data');
    const children = await programsUsing(dir);
    assert.equal(children.length, 2, `${children}`);
    parent.kill('SIGKILL');
    const deadline = Date.now() + 5000;
    while ((await programsUsing(dir)).length > 0) {
      assert.ok(Date.now() < deadline, `${await programsUsing(dir)} outlived their parent`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await rm(dir, { recursive: true });
  });

  it('fails at its end when a program has called what the rendered RBAC does not allow, and says what', async () => {
    const cluster = await startCluster();
    const connection = await loadConnection({ kubeconfig: cluster.kubeconfig, env: {} });
    const agent = openClient(connection, { program: 'agent' });
    const other = openClient(connection);
    await agent.list(vipGroups).catch(() => {}); // allowed, although there is no such kind here
    await other.list(secrets);
    assert.deepEqual(cluster.refused(), []);
    await agent.list(secrets, { namespace: 'default' }).catch(() => {}); // the small server refuses, as the real one would an agent
    for (const client of [agent, other]) client.close();
    assert.deepEqual(cluster.refused(), ['agent: list secrets in default']);
    await assert.rejects(cluster.stop(), /RBAC does not allow this:\nagent: list secrets in default/);
  });
});

/** Names of the servers whose command line names the folder. */
async function programsUsing(dir: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = pids.map((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    } catch {
      return [];
    }
  });
  return lines
    .filter(([program, ...args]) => /etcd|kube-apiserver/.test(program ?? '') && args.some((arg) => arg.includes(dir)))
    .map(([program]) => program!);
}
