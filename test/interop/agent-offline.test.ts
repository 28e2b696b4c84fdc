import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkpointPath } from '../../src/agent/sources/checkpoint.js';
import { eventually } from '../lab/eventually.js';
import type { Host } from '../lab/host.js';
import { httpGet } from '../lab/http.js';
import { type Lab, openLab } from '../lab/lab.js';
import { startProgram } from '../lab/node.js';
import type { Process } from '../lab/process.js';
import { group, kubeconfigOf, vip } from '../lab/sole-member.js';

describe('an agent whose API server is unreachable', function () {
  this.timeout(60_000);
  let lab: Lab;
  let host: Host;
  let agent: Process;
  let stateDir: string;

  before(async () => {
    lab = await openLab(`oagaoffline${process.pid}`);
    host = await lab.addHost('n1', 11);
    writeFileSync(join(lab.folder, 'kubeconfig'), JSON.stringify(kubeconfigOf('https://127.0.0.1:1')));
  });
  after(() => lab?.close());
  beforeEach(function () {
    stateDir = join(lab.folder, this.currentTest!.title.replaceAll(/\W/g, '-').slice(0, 40));
    mkdirSync(stateDir);
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') console.error(agent.log());
    agent.signal('SIGTERM');
    await agent.exited;
  });

  const start = () => {
    agent = startProgram(host, 'agent', {
      'node-name': 'n1',
      'state-dir': stateDir,
      kubeconfig: join(lab.folder, 'kubeconfig'),
    });
  };

  it('starts from its checkpoint, says so, and answers', async () => {
    const checkpoint = { form: 1, savedAt: '2026-01-01T00:00:00.000Z', groups: [group] };
    writeFileSync(checkpointPath(stateDir, 'n1'), JSON.stringify(checkpoint));
    start();
    await eventually('the address', async () => (await host.addresses()).includes(vip) || undefined);
    assert.match(agent.log(), /the API server is unreachable: starting from the checkpoint.*ECONNREFUSED/);
    const { body: said } = await httpGet(host, 'http://127.0.0.1:17473/readyz');
    assert.match(
      said,
      /^nothing heard of VipGroups from the API server yet: .*; going by the checkpoint of 2026-01-01T/,
    );
  });

  it('without a checkpoint waits, says so, and is alive but not ready', async () => {
    start();
    await eventually('the log line', () => /there is no checkpoint: waiting for it/.test(agent.log()) || undefined);
    const status = async (path: string) => (await httpGet(host, `http://127.0.0.1:17473${path}`)).status;
    assert.equal(await status('/healthz'), 200);
    assert.equal(await status('/readyz'), 503);
  });

  it('with a damaged checkpoint waits and names the file', async () => {
    writeFileSync(checkpointPath(stateDir, 'n1'), '{"form":1,');
    start();
    await eventually('the log line', () => /groups-n1\.json is damaged/.test(agent.log()) || undefined);
    assert.ok(agent.running());
  });
});
