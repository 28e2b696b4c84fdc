import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { flagsOfNode } from '../../scripts/tools/flags-of-node.js';
import { projectRoot } from '../../scripts/tools/project-root.js';
import { type DeadFileSystem, mountDead } from '../lab/dead-file-system.js';
import { eventually } from '../lab/eventually.js';
import { type Process, startProcess } from '../lab/process.js';
import { freePort } from './free-port.js';
import { type InstalledCluster, startInstalledCluster } from './installed-cluster.js';

describe('a controller that waits for a file on a file system that is dead', function () {
  this.timeout(60_000);
  let installed: InstalledCluster;
  let folder: string;
  let dead: DeadFileSystem | undefined;
  let controller: Process | undefined;

  before(async function () {
    folder = await mkdtemp(join(tmpdir(), 'openelb-dead-files-'));
    dead = mountDead(join(folder, 'dead'));
    if (dead === undefined) {
      console.log('    skipped: this machine mounts no FUSE file system');
      this.skip();
    }
    installed = await startInstalledCluster([], {}, { kind: 'small' });
  });
  after(async () => {
    controller?.signal('SIGKILL');
    dead?.end();
    await installed?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('ends when it is told to, and soon', async () => {
    const health = `127.0.0.1:${await freePort('127.0.0.1')}`;
    const main = join(projectRoot(), 'dist', 'main.js');
    const flags = [
      `--kubeconfig=${installed.cluster.kubeconfig}`,
      `--health-address=${health}`,
      '--metrics-address=0',
      '--webhook-address=127.0.0.1:0',
      `--webhook-client-ca=${join(folder, 'dead', 'ca.pem')}`,
    ];
    controller = startProcess({
      title: 'controller',
      log: join(folder, 'log'),
      command: process.execPath,
      args: [...flagsOfNode(), main, 'controller', ...flags],
      env: { NODE_OPTIONS: '' },
    });
    const { log, exited } = controller;
    await eventually('its health', async () => (await fetch(`http://${health}/healthz`)).ok || undefined, {
      onTimeout: log,
    });
    const from = performance.now();
    controller.signal('SIGTERM');
    const ended = await Promise.race([exited, new Promise((resolve) => setTimeout(resolve, 10_000, 'never').unref())]);
    assert.equal(ended, 0, log());
    assert.ok(performance.now() - from < 5_000, `it took ${performance.now() - from} ms`);
  });
});
