// A controller that is there before what it lives on.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { unpackTools } from '../../scripts/tools/kubectl.js';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { eventually } from '../lab/eventually.js';
import { beginControllerHere, type RunningController } from './controller-process.js';
import { type Cluster, startCluster } from './harness.js';

describe('a controller that starts too early', function () {
  this.timeout(120_000);
  let dir: string;
  let cluster: Cluster;
  let controller: RunningController | undefined;
  let kubectl: (...args: readonly string[]) => Promise<unknown>;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'early-start-'));
    cluster = await startCluster({ dir });
    const { kubectl: binary } = await unpackTools();
    kubectl = (...args) => execa(binary, ['--kubeconfig', cluster.kubeconfig, ...args]);
  });
  afterEach(async () => {
    await controller?.stop();
    controller = undefined;
  });
  after(async () => {
    await cluster?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  const saysNotReady = (reason: RegExp) =>
    eventually(`it says ${reason}`, async () => reason.test(await controller!.ready()), {
      withinMs: 20_000,
      onTimeout: () => controller!.log().join('\n'),
    });
  const waits = () => controller!.log().filter((line) => line.startsWith('warn waiting for the API server'));

  it('waits for the kinds and for its namespace, says each once, and goes on by itself', async () => {
    controller = await beginControllerHere(cluster.kubeconfig);
    await saysNotReady(/does not know Eip and VipGroup .*: apply the manifests in deploy\/crds$/);
    await kubectl('apply', '-f', join(projectRoot(), 'deploy/crds'));
    await saysNotReady(/^namespace openelb-system, .* does not exist: create it, or name another with --namespace$/);
    await kubectl('create', 'namespace', 'openelb-system');
    await saysNotReady(/^ok$/);
    assert.ok(waits().length >= 2);
    assert.deepEqual(waits(), [...new Set(waits())]);
  });

  it('waits for an API server that is away', async () => {
    const back = cluster.restart(3_000);
    await eventually('nobody answers', () =>
      fetch(cluster.url).then(
        () => false,
        () => true,
      ),
    );
    controller = await beginControllerHere(cluster.kubeconfig);
    await saysNotReady(/^cannot reach the API server .*: start the server or correct its address$|ECONNREFUSED/);
    await back;
    await saysNotReady(/^ok$/);
  });

  it('ends at once when it is told to while it waits', async () => {
    controller = await beginControllerHere(cluster.kubeconfig, { flags: { namespace: 'nowhere' } });
    await saysNotReady(/^namespace nowhere/);
    const from = performance.now();
    await controller.stop();
    controller = undefined;
    assert.ok(performance.now() - from < 500);
  });
});
