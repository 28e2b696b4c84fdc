import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { projectRoot } from '../../../scripts/tools/project-root.js';
import { listenOnLoopback, writeKubeconfig } from '../plain-kubeconfig.js';

describe('openelb-vip rebalance', function () {
  this.timeout(60_000);
  const requests: string[] = [];
  let knowsKind = true;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      requests.push(`${request.method} ${request.url} ${body}`);
      if (!knowsKind) {
        response.writeHead(404, { 'content-type': 'text/plain' });
        response.end('404 page not found\n');
        return;
      }
      const known = request.url?.startsWith('/apis/network.kubesphere.io/v1alpha2/eips/pool') === true;
      response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(known ? { metadata: { name: 'pool' } } : { kind: 'Status', code: 404, reason: 'NotFound' }),
      );
    });
  });
  let folder: string;
  let kubeconfig: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rebalance-'));
    kubeconfig = writeKubeconfig(folder, await listenOnLoopback(server));
  });
  after(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  const rebalance = (...args: readonly string[]) => {
    const root = projectRoot();
    const main = [join(root, 'src/main.ts'), 'rebalance', '--kubeconfig', kubeconfig];
    return execa(process.execPath, ['--import=tsx', ...main, ...args], { reject: false, cwd: root });
  };

  it('writes the annotation, and says where the outcome is told', async () => {
    const { exitCode, stdout, stderr } = await rebalance('--eip', 'pool');
    assert.deepEqual([exitCode, stderr], [0, '']);
    assert.match(stdout, /kubectl describe eip pool/);
    assert.deepEqual(requests.splice(0), [
      'PATCH /apis/network.kubesphere.io/v1alpha2/eips/pool {"metadata":{"annotations":{"eip.openelb.kubesphere.io/rebalance":"true"}}}',
    ]);
  });

  it('ends with 1 when there is no such Eip, and says how to find one', async () => {
    const { exitCode, stderr } = await rebalance('--eip', 'lake');
    assert.equal(exitCode, 1);
    assert.match(stderr, /there is no Eip lake: kubectl get eip lists them/);
  });

  it('does not say so of a server that has no Eips at all', async () => {
    knowsKind = false;
    const { exitCode, stderr } = await rebalance('--eip', 'pool').finally(() => {
      knowsKind = true;
    });
    assert.equal(exitCode, 1);
    assert.match(stderr, /404 page not found/);
    assert.doesNotMatch(stderr, /there is no Eip/);
  });

  it('ends with 2 without the name of one', async () => {
    const { exitCode, stderr } = await rebalance();
    assert.equal(exitCode, 2);
    assert.match(stderr, /--eip is missing/);
  });
});
