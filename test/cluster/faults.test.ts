// What only the small API server does: misbehave on demand, so that clients can be tested against bad days.
import assert from 'node:assert/strict';
import { Agent, get } from 'node:http';
import { createRawClient, type RawClient } from './contract/raw-client.js';
import { type Cluster, startCluster } from './harness.js';

const path = '/api/v1/namespaces/default/configmaps';

describe('the small API server, asked to misbehave', () => {
  let cluster: Cluster;
  let client: RawClient;

  before(async () => {
    cluster = await startCluster({ kind: 'small' });
    client = createRawClient(cluster);
  });
  after(() => cluster?.stop());

  const faults = () => cluster.faults!;
  const revision = async (): Promise<string> => (await client.get(path)).body.metadata.resourceVersion;

  for (const [status, reason] of [
    [409, 'Conflict'],
    [410, 'Expired'],
    [429, 'TooManyRequests'],
    [500, 'InternalError'],
    [503, 'ServiceUnavailable'],
  ] as const)
    it(`answers as many requests as asked with ${status}, then works again`, async () => {
      faults().failNext(2, { status });
      for (let n = 0; n < 2; n++) {
        const { status: answered, body } = await client.get(path);
        assert.equal(answered, status);
        assert.equal(body.reason, reason);
      }
      assert.equal((await client.get(path)).status, 200);
    });

  it('says when to come back', async () => {
    faults().failNext(1, { status: 429, retryAfterSeconds: 7 });
    const { headers, body } = await client.get(path);
    assert.equal(headers['retry-after'], '7');
    assert.equal(body.details.retryAfterSeconds, 7);
  });

  it('fails only the requests that match', async () => {
    faults().failNext(1, { status: 500, matches: ({ method }) => method === 'POST' });
    assert.equal((await client.get(path)).status, 200);
    assert.equal((await client.post(path, { metadata: { name: 'refused' } })).status, 500);
    assert.equal((await client.get(`${path}/refused`)).status, 404);
    assert.equal((await client.post(path, { metadata: { name: 'refused' } })).status, 201);
  });

  it('delays every answer', async () => {
    faults().delay(150);
    const started = performance.now();
    await client.get(path);
    faults().delay(0);
    assert.ok(performance.now() - started >= 145);
  });

  it('ends watches cleanly', async () => {
    const watch = await client.watch(`${path}?resourceVersion=${await revision()}`);
    faults().dropWatches();
    await watch.ended;
    await assert.rejects(watch.next(), /ended before/);
  });

  it('resets the connections of watches', async () => {
    const watch = await client.watch(`${path}?resourceVersion=${await revision()}`);
    faults().dropWatches('reset');
    await watch.ended;
  });

  it('forgets its history, for watches and for pages', async () => {
    for (const name of ['h1', 'h2']) await client.post(path, { metadata: { name } });
    const since = await revision();
    const { body: page } = await client.get(`${path}?limit=1`);
    await client.post(path, { metadata: { name: 'h3' } });
    faults().expireHistory();
    const watch = await client.watch(`${path}?resourceVersion=${since}`);
    const { type, object } = await watch.next();
    assert.equal(type, 'ERROR');
    assert.equal(object.code, 410);
    const { status, body } = await client.get(`${path}?limit=1&continue=${page.metadata.continue}`);
    assert.equal(status, 410);
    assert.equal(body.reason, 'Expired');
    const fresh = await client.watch(`${path}?resourceVersion=${await revision()}`);
    await client.post(path, { metadata: { name: 'h4' } });
    assert.equal((await fresh.next()).object.metadata.name, 'h4');
    fresh.close();
  });

  it('sends a bookmark when asked', async () => {
    const watch = await client.watch(`${path}?resourceVersion=${await revision()}&allowWatchBookmarks=true`);
    faults().bookmark();
    const { type, object } = await watch.next();
    watch.close();
    assert.equal(type, 'BOOKMARK');
    assert.equal(object.metadata.resourceVersion, await revision());
  });

  it('never answers again on a half-open connection, and does on a new one', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = () =>
      new Promise<string>((resolve, reject) => {
        const asking = get(new URL(path, cluster.url), { agent, timeout: 300 }, (response) => {
          response.resume().on('end', () => resolve('answered'));
        });
        asking.on('timeout', () => asking.destroy(new Error('silence'))).on('error', reject);
      });
    const watch = await client.watch(`${path}?resourceVersion=${await revision()}`);
    assert.equal(await ask(), 'answered');
    faults().halfOpen();
    await assert.rejects(ask(), /silence/);
    assert.equal((await client.post(path, { metadata: { name: 'unseen' } })).status, 201);
    await assert.rejects(watch.next(300), /no watch event/);
    watch.close();
    agent.destroy();
  });

  it('is away for a while in a restart', async () => {
    const restarting = cluster.restart(200);
    await assert.rejects(client.get(path), /ECONNREFUSED|ECONNRESET|socket hang up/);
    await restarting;
    assert.equal((await client.get(path)).status, 200);
  });
});
