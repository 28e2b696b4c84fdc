import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { projectRoot } from '../../../scripts/tools/project-root.js';
import { listenOnLoopback, writeKubeconfig } from '../plain-kubeconfig.js';

describe('openelb-vip probe-service', function () {
  this.timeout(60_000);
  /** What the API server has, and what the Service answers with. */
  const world = { looks: 0, addressAfter: 0, holder: 'n1' as string | undefined, answer: 200 };
  let port = 0;
  let folder: string;
  let kubeconfig: string;

  const service = () => ({
    metadata: { name: 'web', namespace: 'shop' },
    spec: { ports: [{ port }] },
    status: { loadBalancer: world.looks > world.addressAfter ? { ingress: [{ ip: '127.0.0.1' }] } : {} },
  });
  const group = () => ({
    metadata: { name: 'g' },
    spec: { protocol: 'vip', addresses: ['127.0.0.1'], members: [] },
    status: { holder: world.holder },
  });
  const api = createServer((request, response) => {
    const path = new URL(request.url!, 'http://x').pathname;
    if (path.endsWith('/services/web')) world.looks++;
    const known: Readonly<Record<string, () => object>> = {
      '/api/v1/namespaces/shop/services/web': service,
      '/apis/network.kubesphere.io/v1alpha2/vipgroups': () => ({
        metadata: { resourceVersion: '1' },
        items: [group()],
      }),
    };
    const body = known[path]?.() ?? { kind: 'Status', code: 404, reason: 'NotFound', message: `no ${path}` };
    response.writeHead(path in known ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
  const web = createServer((request, response) => {
    response.writeHead(request.url === '/healthz' ? world.answer : 404);
    response.end();
  });

  before(async () => {
    port = await listenOnLoopback(web);
    folder = mkdtempSync(join(tmpdir(), 'probe-service-'));
    kubeconfig = writeKubeconfig(folder, await listenOnLoopback(api));
  });
  after(() => {
    for (const server of [api, web]) server.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    Object.assign(world, { looks: 0, addressAfter: 0, holder: 'n1', answer: 200 });
  });

  const probe = (...args: readonly string[]) => {
    const main = [join(projectRoot(), 'src/main.ts'), 'probe-service', '--kubeconfig', kubeconfig];
    const flags = ['--namespace=shop', '--service=web', '--path=/healthz', '--timeout=1', ...args];
    return execa(process.execPath, ['--import=tsx', ...main, ...flags], { reject: false, cwd: projectRoot() });
  };

  it('waits for the address, and says who announces it', async () => {
    world.addressAfter = 2;
    const { exitCode, stdout, stderr } = await probe('--timeout=30');
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /^127\.0\.0\.1 answers, announced by n1 \(VipGroup g\)\nService shop\/web answered after/);
    assert.equal(world.looks, 3);
  });

  it('ends with 1 and what is missing', async () => {
    world.holder = undefined;
    const unheld = await probe();
    assert.deepEqual([unheld.exitCode, unheld.stdout], [1, '']);
    assert.match(unheld.stderr, /Service shop\/web, after \d+\.\d s: nobody announces 127\.0\.0\.1/);
    Object.assign(world, { holder: 'n1', answer: 503 });
    const failing = await probe();
    assert.equal(failing.exitCode, 1);
    assert.match(failing.stderr, /http:\/\/127\.0\.0\.1:\d+\/healthz answers 503/);
    assert.match((await probe('--service=other')).stderr, /Service shop\/other, .*there is no such Service/);
  });

  it('ends with 2 and what to write when it was called wrongly', async () => {
    for (const [flag, told] of [
      ['--service=', /--service is missing/],
      ['--timeout=1m', /--timeout "1m": write whole seconds/],
      ['--path=x', /--path "x": a path begins with \//],
    ] as const) {
      const { exitCode, stderr } = await probe(flag);
      assert.equal(exitCode, 2, flag);
      assert.match(stderr, told);
    }
  });
});
