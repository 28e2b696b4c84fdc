import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type Cache, startCache } from '../../../../src/platform/kubernetes/cache.js';
import { type ApiClient, openClient } from '../../../../src/platform/kubernetes/client.js';
import { fixedConnection } from '../../../../src/platform/kubernetes/connection.js';
import type { KubernetesObject, Resource } from '../../../../src/platform/kubernetes/resource.js';
import { outOfTouch } from '../../../../src/platform/kubernetes/touch.js';
import { programArguments } from '../../../lab/process.js';
import { eventually } from './eventually.js';

const widgets: Resource = { group: 'example.com', version: 'v1', plural: 'widgets', kind: 'Widget', namespaced: false };

describe('a server that hangs, whose kernel still answers for its connections', function () {
  this.timeout(120_000);
  let server: ChildProcess;
  let client: ApiClient;
  let cache: Cache<KubernetesObject>;
  const problem = () => outOfTouch('widgets', cache.health());
  const put = (name: string) => server.stdin!.write(`${JSON.stringify({ metadata: { name } })}\n`);

  before(async () => {
    const program = programArguments(new URL('./serve-faults', import.meta.url), import.meta.url);
    server = spawn(process.execPath, [...program], { stdio: ['pipe', 'pipe', 'inherit'] });
    const [url] = (await once(createInterface({ input: server.stdout! }), 'line')) as [string];
    client = openClient(fixedConnection({ server: url }));
    const silence = { quietMs: 300, answerMs: 300, graceMs: 100 };
    cache = startCache(client, widgets, { onChange() {}, silence });
    await eventually('it watches', () => cache.health().connected);
  });
  after(async () => {
    await cache?.stop();
    client?.close();
    server?.kill('SIGKILL');
  });

  it('is noticed and told with the time of its last word, and what is held goes on; then it is caught up with', async () => {
    put('a');
    await eventually('a is there', () => cache.get('a'));
    const heardAt = cache.health().lastWordAt!;
    server.kill('SIGSTOP');
    const said = await eventually('the silence is noticed', problem);
    assert.match(said, /no answer within 300 ms/);
    assert.ok(cache.health().lastWordAt! >= heardAt && cache.health().silentMs! >= 300, said);
    assert.ok(cache.get('a'));
    put('b');
    server.kill('SIGCONT');
    await eventually('b is there', () => cache.get('b'));
    await eventually('all is well', () => problem() === undefined);
    assert.equal(cache.health().lists, 1);
  });
});
