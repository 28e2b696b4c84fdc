import assert from 'node:assert/strict';
import { ApiError, apiErrorOf, apiErrorOfEvent } from '../../../../src/platform/kubernetes/api-error.js';
import { type Cache, startCache } from '../../../../src/platform/kubernetes/cache.js';
import { type ApiClient, openClient } from '../../../../src/platform/kubernetes/client.js';
import { fixedConnection } from '../../../../src/platform/kubernetes/connection.js';
import type { Resource } from '../../../../src/platform/kubernetes/resource.js';
import { eventually, turns } from './eventually.js';
import { answer, type FaultServer, startFaultServer, status } from './fault-server.js';
import { createManualClock, type ManualClock } from './manual-clock.js';

const widgets: Resource = { group: 'example.com', version: 'v1', plural: 'widgets', kind: 'Widget', namespaced: false };

describe('how long a server asks to be left alone', () => {
  const refusal = (headers: Record<string, string>, body: unknown = {}) =>
    apiErrorOf({ method: 'GET', path: '/x', code: 429, headers, body: JSON.stringify(body), wallMs: 0 }).retryAfterMs;

  for (const seconds of ['soon', null, {}, -5, 1e300, '1e300']) {
    it(`is a time that somebody can wait, or none, by details of ${JSON.stringify(seconds)}`, () => {
      const details = { retryAfterSeconds: seconds } as never;
      for (const ms of [refusal({}, { details }), apiErrorOfEvent('/x', { details }).retryAfterMs])
        assert.ok(ms === undefined || (ms >= 0 && ms <= 600_000), String(ms));
    });
  }

  it('is no more than ten minutes by its header', () => {
    assert.equal(refusal({ 'retry-after': '3' }), 3_000);
    assert.equal(refusal({ 'retry-after': '99999999999999' }), 600_000);
    assert.equal(refusal({ 'retry-after': 'Fri, 01 Jan 2100 00:00:00 GMT' }), 600_000);
  });
});

describe('an error', () => {
  for (const body of [
    { reason: 7, message: {}, details: 'x', code: '410' },
    { details: { causes: 'x' } },
    { details: null },
    [],
  ]) {
    it(`of any shape is one that can be read: ${JSON.stringify(body)}`, () => {
      const read = [
        apiErrorOf({ method: 'GET', path: '/x', code: 500, body: JSON.stringify(body), wallMs: 0 }),
        apiErrorOfEvent('/x', body as never),
      ];
      for (const error of read) {
        assert.equal(typeof error.status, 'number');
        assert.equal(typeof error.reason, 'string');
        assert.ok(Array.isArray(error.causes));
      }
    });
  }
});

describe('a cache whose server', () => {
  let server: FaultServer;
  let clock: ManualClock;
  let client: ApiClient;
  let cache: Cache<{ metadata: { name: string } }>;

  beforeEach(async () => {
    server = await startFaultServer();
    clock = createManualClock();
    client = openClient(fixedConnection({ server: server.url }), { clock });
  });

  afterEach(async () => {
    await cache.stop();
    client.close();
    await server.stop();
  });

  const start = (many = false) => {
    cache = startCache(client, widgets, { clock, many, onChange: () => {} });
  };
  const isList = ({ query }: { query: URLSearchParams }) => query.get('watch') === null;

  for (const metadata of [{}, undefined, null, { resourceVersion: 7 }]) {
    it(`sends a list with metadata ${JSON.stringify(metadata)} is not asked again at once for ever`, async () => {
      server.fault((seen, response) => isList(seen) && answer(response, 200, { kind: 'List', metadata, items: [] }));
      start();
      await eventually('it has asked', () => server.requests.length > 0);
      await turns(50);
      assert.equal(server.requests.length, 1);
      assert.match(cache.health().lastError ?? '', /resourceVersion/);
    });
  }

  for (const items of [{}, 'x', 7]) {
    it(`sends a list whose items are ${JSON.stringify(items)} keeps what it held`, async () => {
      server.put({ metadata: { name: 'a' } });
      start();
      await cache.synced;
      await eventually('it watches', () => server.watchers.length === 1);
      server.compact();
      server.fault(
        (seen, response) =>
          isList(seen) && answer(response, 200, { kind: 'List', metadata: { resourceVersion: '900' }, items }),
      );
      server.watchers[0]?.send('ERROR', status(410, 'Expired', 'too old'));
      await eventually('it has asked', () => {
        clock.advance(200);
        return cache.health().lastError !== undefined;
      });
      assert.equal(cache.health().objects, 1);
    });
  }

  it('sends a page without items reads the others', async () => {
    let page = 0;
    server.fault((seen, response) => {
      if (!isList(seen) || page > 1) return false;
      page += 1;
      return page === 1
        ? answer(response, 200, {
            metadata: { resourceVersion: '100', continue: 'x' },
            items: [{ metadata: { name: 'a', uid: 'u', resourceVersion: '1' } }],
          })
        : answer(response, 200, { metadata: { resourceVersion: '100' }, items: null });
    });
    start(true);
    await eventually('it has read all', () => cache.isSynced());
    assert.equal(cache.health().objects, 1);
  });

  for (const object of [{ reason: 'Expired' }, { reason: 'Gone', code: 500 }, { code: 410 }]) {
    it(`ends a watch with ${JSON.stringify(object)} is listed again`, async () => {
      start();
      await cache.synced;
      await eventually('it watches', () => server.watchers.length === 1);
      const before = cache.health().lists;
      server.watchers[0]?.send('ERROR', object);
      server.watchers[0]?.end();
      await eventually('it waits', () => clock.pending().some((ms) => ms <= 200));
      clock.advance(200);
      await eventually('it has listed', () => cache.health().lists === before + 1);
    });
  }

  for (const [claim, line] of [
    ['is cut off', '{"type":"MODIFIED","object":{"metadata":{'],
    ['is no event', '{"type":"MODIFIED"}'],
    ['is longer than any can be', 'x'.repeat(17 * 1024 * 1024)],
  ] as const) {
    it(`has an event that ${claim} whenever it is watched is listed again, which says the same`, async () => {
      server.put({ metadata: { name: 'a' } });
      server.fault((seen, response) => {
        if (seen.query.get('resourceVersion') !== '101' || isList(seen)) return false;
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(`${line}\n`);
        return true;
      });
      start();
      await cache.synced;
      server.put({ metadata: { name: 'b' } });
      await eventually('it has been listed', () => {
        clock.advance(100);
        return cache.get('b') !== undefined;
      });
      assert.ok(cache.health().lists <= 3);
    });
  }

  it('answers 429 with a time of centuries is asked again within ten minutes', async () => {
    server.fault((seen, response) =>
      isList(seen) ? answer(response, 429, status(429, 'TooManyRequests', 'x', { retryAfterSeconds: 1e15 })) : false,
    );
    start();
    await eventually('it waits', () => cache.health().lastError !== undefined);
    await turns(5);
    assert.equal(server.requests.length, 1);
    clock.advance(600_000);
    await eventually('it asks again', () => server.requests.length === 2);
  });
});

describe('of one object', () => {
  it('neither a server without the kind nor one that answers with anything else says that there is none', async () => {
    const server = await startFaultServer();
    const client = openClient(fixedConnection({ server: server.url }));
    try {
      const remove = server.fault((_, response) => {
        response.writeHead(404, { 'content-type': 'text/plain' });
        response.end('404 page not found\n');
        return true;
      });
      const isUnknown = (error: unknown) => error instanceof ApiError && error.status === 404;
      await assert.rejects(client.get(widgets, 'a'), isUnknown);
      await assert.rejects(client.remove(widgets, 'a'), isUnknown);
      remove();
      assert.equal(await client.get(widgets, 'a'), undefined);
      for (const body of ['', '7', 'null', '[]', '{}', '{"metadata":null}', '{"metadata":{"name":"b"}}']) {
        server.fault((_, response) => answer(response, 200, body));
        await assert.rejects(client.get(widgets, 'a'), /no object/);
      }
    } finally {
      client.close();
      await server.stop();
    }
  });
});
