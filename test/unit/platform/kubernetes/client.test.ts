import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiError } from '../../../../src/platform/kubernetes/api-error.js';
import { nodes, services } from '../../../../src/platform/kubernetes/builtin-resources.js';
import { type ApiClient, openClient } from '../../../../src/platform/kubernetes/client.js';
import { type Connection, fixedConnection } from '../../../../src/platform/kubernetes/connection.js';
import { ConnectionError } from '../../../../src/platform/kubernetes/connection-error.js';
import { createGate, FencedError } from '../../../../src/platform/kubernetes/fence.js';
import { leftWith } from '../../left-with-signal.js';
import { eventually, turns } from './eventually.js';
import { answer, type FaultServer, type Seen, startFaultServer, status } from './fault-server.js';
import { createManualClock, type ManualClock } from './manual-clock.js';

describe('a client', () => {
  let server: FaultServer;
  let clock: ManualClock;
  let client: ApiClient;
  let cleanUp: () => Promise<void>;

  beforeEach(async () => {
    cleanUp = async () => {};
    server = await startFaultServer();
    clock = createManualClock();
    client = openClient(fixedConnection({ server: server.url, token: 'secret' }), { clock });
  });

  afterEach(async () => {
    await cleanUp();
    client.close();
    await server.stop();
  });

  const answering = (code: number, body: unknown, headers: Record<string, string> = {}) =>
    server.fault((_, response) => answer(response, code, body, headers));
  const last = () => server.requests.at(-1) as Seen;
  const wire = () => `${last().method} ${last().path}${last().query.size > 0 ? `?${last().query}` : ''}`;

  describe('on the wire', () => {
    const object = { metadata: { name: 'a', namespace: 'n', resourceVersion: '7' }, spec: { x: 1 } };

    beforeEach(() => answering(200, { metadata: { name: 'a' }, answered: true }));

    it('reads an object', async () => {
      assert.deepEqual(await client.get(services, 'n/a'), { metadata: { name: 'a' }, answered: true });
      assert.equal(wire(), 'GET /api/v1/namespaces/n/services/a');
      assert.equal(last().headers.authorization, 'Bearer secret');
      assert.equal(last().headers.accept, 'application/json');
    });

    it('creates, naming kind and apiVersion', async () => {
      await client.create(services, object);
      assert.equal(wire(), 'POST /api/v1/namespaces/n/services');
      assert.deepEqual(JSON.parse(last().body), { apiVersion: 'v1', kind: 'Service', ...object });
    });

    it('replaces a status with the version that was read', async () => {
      await client.replace(services, object, { subresource: 'status' });
      assert.equal(wire(), 'PUT /api/v1/namespaces/n/services/a/status');
      assert.equal(JSON.parse(last().body).metadata.resourceVersion, '7');
    });

    it('applies on the server side: JSON under the type for apply, with the field manager', async () => {
      await client.apply(
        services,
        'n/a',
        { status: { b: 1 } },
        { fieldManager: 'me', force: true, subresource: 'status' },
      );
      assert.equal(wire(), 'PATCH /api/v1/namespaces/n/services/a/status?fieldManager=me&force=true');
      assert.equal(last().headers['content-type'], 'application/apply-patch+yaml');
      assert.deepEqual(JSON.parse(last().body), {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'a', namespace: 'n' },
        status: { b: 1 },
      });
    });

    it('applies labels and annotations that are in the body', async () => {
      await client.apply(nodes, 'a', { metadata: { labels: { l: '1' } } }, { fieldManager: 'me' });
      assert.equal(wire(), 'PATCH /api/v1/nodes/a?fieldManager=me');
      assert.deepEqual(JSON.parse(last().body).metadata, { name: 'a', labels: { l: '1' } });
    });

    it('merges a patch, guarded by uid and version', async () => {
      const patch = { metadata: { labels: { l: null } } };
      await client.mergePatch(services, 'n/a', patch, { uid: 'u', resourceVersion: '7' });
      assert.equal(last().headers['content-type'], 'application/merge-patch+json');
      assert.deepEqual(JSON.parse(last().body), { metadata: { labels: { l: null }, uid: 'u', resourceVersion: '7' } });
      await client.mergePatch(services, 'n/a', { spec: null });
      assert.deepEqual(JSON.parse(last().body), { spec: null });
    });

    it('sends a JSON patch with its preconditions tested first', async () => {
      const remove = { op: 'remove', path: '/metadata/finalizers/0' } as const;
      await client.jsonPatch(services, 'n/a', [remove], { resourceVersion: '7' });
      assert.equal(last().headers['content-type'], 'application/json-patch+json');
      assert.deepEqual(JSON.parse(last().body), [
        { op: 'test', path: '/metadata/resourceVersion', value: '7' },
        remove,
      ]);
    });

    it('deletes one particular object', async () => {
      assert.equal(await client.remove(services, 'n/a', { uid: 'u', propagationPolicy: 'Background' }), true);
      assert.equal(wire(), 'DELETE /api/v1/namespaces/n/services/a');
      const body = JSON.parse(last().body);
      assert.deepEqual(body.preconditions, { uid: 'u' });
      assert.equal(body.propagationPolicy, 'Background');
    });

    it('puts the path of the server in front (a proxy for several clusters)', async () => {
      const behind = openClient(fixedConnection({ server: `${server.url}/k8s/clusters/c-1/` }));
      await behind.get(nodes, 'a');
      behind.close();
      assert.equal(last().path, '/k8s/clusters/c-1/api/v1/nodes/a');
    });
  });

  describe('reports a refusal', () => {
    it('with what was asked and what the server said', async () => {
      answering(
        422,
        status(422, 'Invalid', 'Service "a" is invalid: spec.ports: Required value', {
          causes: [{ reason: 'FieldValueRequired', message: 'Required value', field: 'spec.ports' }],
        }),
      );
      await assert.rejects(client.create(services, { metadata: { name: 'a', namespace: 'n' } }), (error) => {
        assert.ok(error instanceof ApiError);
        assert.equal(
          error.message,
          'POST /api/v1/namespaces/n/services: 422 Invalid: Service "a" is invalid: spec.ports: Required value',
        );
        assert.deepEqual([error.status, error.reason], [422, 'Invalid']);
        assert.deepEqual(error.causes, [
          { reason: 'FieldValueRequired', message: 'Required value', field: 'spec.ports' },
        ]);
        return true;
      });
    });

    for (const [what, body, headers, ms] of [
      ['Retry-After in seconds', 'busy', { 'retry-after': '3' }, 3000],
      ['Retry-After as a date', 'busy', { 'retry-after': 'Fri, 02 Jan 2026 03:04:09 GMT' }, 4000],
      ['retryAfterSeconds in the details', status(429, 'TooManyRequests', 'busy', { retryAfterSeconds: 2 }), {}, 2000],
      ['neither', 'busy', {}, undefined],
    ] as const) {
      it(`with how long to wait: ${what}`, async () => {
        answering(429, body, headers);
        await assert.rejects(client.get(nodes, 'a'), (error) => {
          assert.ok(error instanceof ApiError);
          assert.equal(error.retryAfterMs, ms);
          assert.match(error.message, /busy/);
          return true;
        });
      });
    }

    it('with the text of a proxy that speaks no Kubernetes', async () => {
      answering(502, '<html>Bad Gateway</html>');
      await assert.rejects(client.get(nodes, 'a'), /GET \/api\/v1\/nodes\/a: 502 Unknown: <html>Bad Gateway/);
    });

    it('but takes a missing object for an answer', async () => {
      answering(404, status(404, 'NotFound', 'nodes "a" not found'));
      assert.equal(await client.get(nodes, 'a'), undefined);
      assert.equal(await client.remove(nodes, 'a'), false);
    });
  });

  describe('keeps connections', () => {
    it('and uses one for all calls that follow each other', async () => {
      for (let i = 0; i < 50; i += 1) await client.list(nodes);
      assert.equal(server.connections(), 1);
    });

    it('and opens at most eight for a hundred calls at once', async () => {
      await Promise.all(Array.from({ length: 100 }, () => client.list(nodes)));
      assert.ok(server.connections() <= 8, `${server.connections()} connections`);
    });

    it('apart for watches, so that many do not hold up the calls', async () => {
      const stops = Array.from({ length: 20 }, () => new AbortController());
      const query = { watch: true, resourceVersion: '100' };
      const watches = stops.map(({ signal }) => client.watch('/api/v1/nodes', query, () => {}, signal));
      await eventually('all watch', () => server.watchers.length === 20);
      await client.list(nodes);
      for (const stop of stops) stop.abort();
      for (const result of await Promise.allSettled(watches)) assert.equal(result.status, 'rejected');
    });

    for (const scheme of ['http', 'https'] as const) {
      it(`and has TCP ask a silent server every second whether it is still there (${scheme})`, async () => {
        const pem = (name: string) => readFileSync(join(import.meta.dirname, 'certificates', name));
        const tls = scheme === 'https' ? { tls: { cert: pem('server.crt'), key: pem('server.key') } } : {};
        const silent = await startFaultServer(tls);
        const watching = openClient(fixedConnection({ server: silent.url, insecure: true }));
        const watch = watching
          .watch('/api/v1/nodes', { watch: true, resourceVersion: '100' }, () => {})
          .catch(() => {});
        cleanUp = async () => {
          watching.close();
          await watch;
          await silent.stop();
        };
        await eventually('it watches', () => silent.watchers.length === 1);
        // proc(5), net/tcp: remote address, state (01 established), queues, timer (02 keep-alive), its expiry in 1/100 s.
        const port = Number(new URL(silent.url).port).toString(16).toUpperCase().padStart(4, '0');
        const line = new RegExp(`:${port} 01 [0-9A-F:]+ 02:(.{8})`);
        const [, expiry = ''] = await eventually('its timer runs', () =>
          line.exec(readFileSync('/proc/net/tcp', 'utf8')),
        );
        assert.ok(Number.parseInt(expiry, 16) <= 100, `expires in ${expiry} jiffies`);
      });
    }

    it('ends what is under way when it is closed, also what waits for a connection', async () => {
      server.fault(() => true);
      const calls = Array.from({ length: 20 }, () => client.list(nodes));
      await eventually('some are under way', () => server.requests.length === 8);
      client.close();
      for (const result of await Promise.allSettled(calls))
        assert.match(String((result as PromiseRejectedResult).reason), /was closed/);
    });

    it('apart for a reopened client', async () => {
      await client.list(nodes);
      const other = client.reopen();
      await other.list(nodes);
      other.close();
      await client.list(nodes);
      assert.equal(server.connections(), 2);
    });

    it('and repeats a call whose idle connection the server had just closed, but not a create', async () => {
      let cut = false;
      server.fault((_, response) => {
        if (!cut) return false;
        cut = false;
        response.socket?.resetAndDestroy();
        return true;
      });
      await client.list(nodes);
      cut = true;
      await client.list(nodes);
      assert.equal(server.connections(), 2);
      cut = true;
      await assert.rejects(client.create(nodes, { metadata: { name: 'a' } }), (error) => {
        assert.ok(error instanceof ConnectionError);
        assert.equal(error.kind, 'interrupted');
        return true;
      });
    });
  });

  describe('when there is no talking to the server', () => {
    const failing = async (run: Promise<unknown>, kind: string, ...says: RegExp[]) =>
      assert.rejects(run, (error) => {
        assert.ok(error instanceof ConnectionError, String(error));
        assert.equal(error.kind, kind);
        for (const each of [new RegExp(server.url), /\(from a fixed address\)|of a fixed address/, ...says])
          assert.match(error.message, each);
        return true;
      });

    it('says that nothing listens', async () => {
      await server.stop();
      await failing(client.list(nodes), 'unreachable', /ECONNREFUSED/, /start the server or correct its address/);
      await server.start();
    });

    it('says that it does not answer in time', async () => {
      server.fault(() => true);
      const result = failing(client.get(nodes, 'a'), 'timeout', /no answer within 10000 ms/);
      await eventually('it has asked', () => server.requests.length === 1);
      clock.advance(10_000);
      await result;
    });

    it('says that an answer broke off, and repeats nothing', async () => {
      await client.list(nodes);
      server.fault((_, response) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('{"metadata":');
        setImmediate(() => response.socket?.destroy());
        return true;
      });
      await failing(client.get(nodes, 'a'), 'interrupted', /the connection broke/);
      assert.equal(server.requests.length, 2);
    });

    for (const body of ['<html>Welcome to the router</html>', 'null', '[]', '7', '"ok"'])
      it(`says that the answer is no object in JSON: ${body}`, async () => {
        answering(200, body);
        await failing(client.get(nodes, 'a'), 'interrupted', /not JSON, or no object/, /Kubernetes API server/);
      });

    it('asks for fresh credentials once when they are refused, then says so', async () => {
      let refreshed = 0;
      const connection: Connection = {
        ...fixedConnection({ server: server.url, token: 'old' }),
        refresh() {
          refreshed += 1;
        },
        credentials: async () => ({ headers: { authorization: `Bearer ${refreshed === 0 ? 'old' : 'new'}` }, tls: {} }),
      };
      server.fault(({ headers }, response) =>
        headers.authorization === 'Bearer new'
          ? false
          : answer(response, 401, status(401, 'Unauthorized', 'Unauthorized')),
      );
      const renewing = openClient(connection);
      await renewing.list(nodes);
      renewing.close();
      assert.equal(refreshed, 1);
      await failing(client.list(nodes), 'unauthorised', /401 Unauthorized/, /token or client certificate/);
      assert.equal(server.requests.length, 4);
    });

    it('ends with the reason of an abort, before, during and after the answer has begun', async () => {
      const gone = new Error('enough');
      await assert.rejects(client.request({ method: 'GET', path: '/x', signal: AbortSignal.abort(gone) }), gone);
      assert.equal(server.requests.length, 0);

      const heal = server.fault(() => true);
      const during = new AbortController();
      const call = assert.rejects(client.request({ method: 'GET', path: '/x', signal: during.signal }), gone);
      await eventually('it has asked', () => server.requests.length === 1);
      during.abort(gone);
      await call;
      heal();

      const after = new AbortController();
      const stream = client.watch('/x', { watch: true, resourceVersion: '100' }, () => {}, {
        signal: after.signal,
        onOpen: () => after.abort(gone),
      });
      await assert.rejects(stream, gone);
      await turns();
      assert.deepEqual(clock.pending(), []);
    });
  });

  describe('behind a fence', () => {
    const shut = new FencedError('the test says so');
    const fenceOf = (signal = new AbortController().signal) => {
      const fence = { signal, isShut: false, check: () => {} };
      fence.check = () => {
        if (fence.isShut) throw shut;
      };
      return fence;
    };

    it('reads whatever the fence says, and writes only while it is open', async () => {
      const fence = fenceOf();
      const fenced = client.fencedBy(fence);
      answering(200, { metadata: { name: 'a' } });
      await fenced.mergePatch(nodes, 'a', {});
      fence.isShut = true;
      await assert.rejects(fenced.mergePatch(nodes, 'a', {}), shut);
      await assert.rejects(fenced.create(nodes, { metadata: { name: 'a' } }), shut);
      await assert.rejects(fenced.remove(nodes, 'a'), shut);
      await fenced.get(nodes, 'a');
      assert.deepEqual(
        server.requests.map(({ method }) => method),
        ['PATCH', 'GET'],
      );
    });

    it('sends nothing that waited for a connection while the fence was shut', async () => {
      const fence = fenceOf();
      const fenced = client.fencedBy(fence);
      const waiting: Parameters<typeof answer>[0][] = [];
      const heal = server.fault((_, response) => waiting.push(response) > 0);
      const calls = Array.from({ length: 20 }, () => fenced.mergePatch(nodes, 'a', {}));
      const results = Promise.allSettled(calls);
      await eventually('every connection is taken', () => waiting.length === 8);
      fence.isShut = true;
      heal();
      for (const response of waiting) answer(response, 200, {});
      const refused = (await results).filter(({ status: outcome }) => outcome === 'rejected');
      assert.equal(refused.length, 12);
      assert.equal(server.requests.length, 8);
    });

    it('sends nothing on a connection that came about while the fence was shut', async () => {
      const fence = fenceOf();
      const call = client.fencedBy(fence).mergePatch(nodes, 'a', {});
      const refused = assert.rejects(call, shut);
      // Credentials are there by now, and the connection is being made.
      await Promise.resolve().then(() => Promise.resolve());
      fence.isShut = true;
      await refused;
      assert.equal(server.requests.length, 0);
    });

    it('breaks off what is under way when the fence says so, but no reading', async () => {
      const breaking = new AbortController();
      const fenced = client.fencedBy(fenceOf(breaking.signal));
      const waiting: Parameters<typeof answer>[0][] = [];
      server.fault((_, response) => waiting.push(response) > 0);
      const write = assert.rejects(fenced.mergePatch(nodes, 'a', {}), shut);
      const read = fenced.get(nodes, 'a');
      await eventually('both are under way', () => waiting.length === 2);
      breaking.abort(shut);
      await write;
      for (const response of waiting) answer(response, 200, { metadata: { name: 'a' } });
      assert.deepEqual(await read, { metadata: { name: 'a' } });
    });

    it('leaves nothing of a write with a fence or a signal that lives on', async () => {
      const fence = fenceOf();
      const fenced = client.fencedBy(fence);
      const { signal } = new AbortController();
      answering(200, {});
      for (let i = 0; i < 100; i += 1) await fenced.request({ method: 'PATCH', path: '/x', body: {}, signal });
      assert.deepEqual([leftWith(fence.signal), leftWith(signal)], [0, 0]);
    });

    it('is fenced by a gate that is shut until it is opened, and as what opened it says then', async () => {
      const gate = createGate();
      const fenced = client.fencedBy(gate);
      answering(200, {});
      await assert.rejects(fenced.mergePatch(nodes, 'a', {}), /does not lead/);
      const breaking = new AbortController();
      const fence = fenceOf(breaking.signal);
      gate.open(fence);
      await fenced.mergePatch(nodes, 'a', {});
      fence.isShut = true;
      await assert.rejects(fenced.mergePatch(nodes, 'a', {}), shut);
      breaking.abort(shut);
      assert.equal(gate.signal.reason, shut);
      assert.equal(server.requests.length, 1);
    });
  });

  it('sends nothing once it is closed', async () => {
    client.close();
    await assert.rejects(client.get(nodes, 'a'), /was closed/);
    await assert.rejects(
      client.watch('/api/v1/nodes', { watch: true }, () => {}),
      /was closed/,
    );
    assert.equal(server.requests.length, 0);
  });

  it('tells of each call for metrics, without what is asked for', async () => {
    const calls: { method: string; path: string; code: string }[] = [];
    const counted = openClient(fixedConnection({ server: server.url }), {
      clock,
      onCall: ({ method, path, code }) => calls.push({ method, path, code }),
    });
    await counted.request({ method: 'GET', path: '/api/v1/nodes', query: { limit: 1 } });
    await server.stop();
    await counted.list(nodes).catch(() => {});
    await server.start();
    counted.close();
    assert.deepEqual(calls, [
      { method: 'GET', path: '/api/v1/nodes', code: '200' },
      { method: 'GET', path: '/api/v1/nodes', code: 'unreachable' },
    ]);
  });
});
