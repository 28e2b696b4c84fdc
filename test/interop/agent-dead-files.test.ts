import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DeadFileSystem, mountDead } from '../lab/dead-file-system.js';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { httpGet } from '../lab/http.js';
import { type Lab, openLab } from '../lab/lab.js';
import { startProgram } from '../lab/node.js';
import type { Process } from '../lab/process.js';
import { group, vip } from '../lab/sole-member.js';

describe('an agent whose files are on a file system that is dead', function () {
  this.timeout(60_000);
  let lab: Lab;
  let host: Host;
  let dead: DeadFileSystem | undefined;
  let agent: Process;

  before(async function () {
    lab = await openLab(`oagadead${process.pid}`);
    host = await lab.addHost('n1', 11);
    dead = mountDead(join(lab.folder, 'dead'));
    if (dead === undefined) {
      console.log('    skipped: this machine mounts no FUSE file system');
      this.skip();
    }
  });
  after(() => {
    dead?.end();
    return lab?.close();
  });
  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.error(agent.log());
    agent.signal('SIGKILL');
  });

  const start = (manifests: string, flags: Readonly<Record<string, string>> = {}) => {
    const stateDir = join(lab.folder, `state-${Math.random()}`);
    mkdirSync(stateDir);
    agent = startProgram(host, 'agent', { 'node-name': 'n1', 'state-dir': stateDir, manifests, ...flags });
  };
  const stop = async () => {
    const from = performance.now();
    agent.signal('SIGTERM');
    await agent.exited;
    return performance.now() - from;
  };

  it('stops in order, with what it holds released, though a manifest cannot be read any more', async () => {
    const manifests = join(lab.folder, 'manifests');
    mkdirSync(manifests);
    writeFileSync(join(manifests, 'web.json'), JSON.stringify(group));
    start(manifests);
    await eventually('the address', async () => (await host.addresses()).includes(vip) || undefined);
    symlinkSync(join(lab.folder, 'dead', 'file'), join(manifests, 'worse.json'));
    agent.signal('SIGHUP');
    await eventually('the reading', () => agent.log().includes('reading again')); // of two signals at once either may be first
    const took = await stop();
    assert.ok(took < 6_000, `it took ${took} ms`);
    assert.match(agent.log(), /takes too long to stop.*"stopped"/s);
    assert.ok(!(await host.addresses()).includes(vip));
  });

  for (const [what, flags] of [
    ['manifests', undefined],
    ['keys', 'keys-dir'],
  ] as const)
    it(`heeds SIGTERM while it waits for its ${what} at the start`, async () => {
      const empty = join(lab.folder, `empty-${what}`);
      mkdirSync(empty);
      start(flags ? empty : join(lab.folder, 'dead'), flags && { [flags]: join(lab.folder, 'dead') });
      await eventually('the beginning', () =>
        httpGet(host, 'http://127.0.0.1:17473/healthz').then(
          () => true,
          () => undefined,
        ),
      );
      const took = await stop();
      assert.ok(took < 6_000, `it took ${took} ms`);
    });
});
