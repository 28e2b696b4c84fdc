import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { projectRoot } from '../../../scripts/tools/project-root.js';
import { listenOnLoopback, writeKubeconfig } from '../plain-kubeconfig.js';

describe('openelb-vip wait-drained', function () {
  this.timeout(60_000);
  let failures = 0;
  let folder: string;
  let kubeconfig: string;
  const group = {
    metadata: { name: 'lan-0' },
    spec: {
      protocol: 'vip',
      addresses: ['192.0.2.100'],
      members: [{ node: 'n1', priority: 100 }],
      vrrp: { virtualRouterId: 1 },
    },
    status: { holder: 'n1' },
  };
  const server = createServer((_, response) => {
    const fails = failures > 0;
    failures = Math.max(0, failures - 1);
    response.writeHead(fails ? 500 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(fails ? {} : { metadata: { resourceVersion: '1' }, items: [group] }));
  });
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wait-drained-'));
    kubeconfig = writeKubeconfig(folder, await listenOnLoopback(server));
  });
  after(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  const waitDrained = (...args: readonly string[]) => {
    const root = projectRoot();
    const main = [join(root, 'src/main.ts'), 'wait-drained', '--kubeconfig', kubeconfig];
    return execa(process.execPath, ['--import=tsx', ...main, ...args], { reject: false, cwd: root });
  };

  it('says what goes by the node, asks again after an error, and ends with 1 when the time is over', async () => {
    failures = 4;
    const { exitCode, stdout, stderr } = await waitDrained('n1', '--timeout', '6');
    assert.deepEqual([exitCode, stdout], [1, '']);
    assert.match(stderr, /500/);
    assert.match(stderr, /n1 holds addresses of lan-0: kubectl cordon n1 moves them\n.*not within 6 s$/);
  });

  it('ends with 1 at once when no group has such a member', async () => {
    const { exitCode, stderr } = await waitDrained('n9');
    assert.equal(exitCode, 1);
    assert.match(stderr, /no VipGroup has a member n9: openelb-vip status lists those that there are/);
  });

  it('ends with 2 unless one node is named', async () => {
    for (const [args, text] of [
      [[], /which node\? name it/],
      [['n1', 'n2'], /name one node/],
    ] as const) {
      const { exitCode, stderr } = await waitDrained(...args);
      assert.equal(exitCode, 2);
      assert.match(stderr, text);
    }
  });
});
