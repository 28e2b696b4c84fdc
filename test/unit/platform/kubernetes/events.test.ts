import assert from 'node:assert/strict';
import { type ApiClient, openClient } from '../../../../src/platform/kubernetes/client.js';
import { fixedConnection } from '../../../../src/platform/kubernetes/connection.js';
import { createEventRecorder, type EventRecorder } from '../../../../src/platform/kubernetes/events.js';
import { eventually, turns } from './eventually.js';
import { answer, type FaultServer, startFaultServer, status } from './fault-server.js';
import { createManualClock, type ManualClock } from './manual-clock.js';

const eip = { apiVersion: 'example.com/v1', kind: 'Eip', name: 'pool', uid: 'u1' };
const service = { apiVersion: 'v1', kind: 'Service', name: 'web', namespace: 'shop', uid: 'u2' };

describe('an event recorder', () => {
  let server: FaultServer;
  let clock: ManualClock;
  let client: ApiClient;
  let recorder: EventRecorder;
  let heal: () => void;

  const open = (served: boolean) =>
    createEventRecorder(client, {
      component: 'openelb.io/controller',
      instance: 'node-1',
      apis: { has: (groupVersion, resource) => served && groupVersion === 'events.k8s.io/v1' && resource === 'events' },
      clock,
    });

  beforeEach(async () => {
    server = await startFaultServer();
    heal = server.fault((request, response) => answer(response, 201, request.body));
    clock = createManualClock();
    client = openClient(fixedConnection({ server: server.url }), { clock });
    recorder = open(true);
  });

  afterEach(async () => {
    client.close();
    await server.stop();
  });

  const written = () => server.requests.map(({ method, path, body }) => ({ method, path, body: JSON.parse(body) }));
  const flush = async () => {
    const flushed = recorder.flush();
    await eventually('all is written', () => recorder.stats().waiting === 0);
    await flushed;
  };

  it('writes one of an object with a long name under a name that the server takes', async () => {
    for (const step of ['a.', 'a-', '.a'.repeat(2)]) {
      const name = `b${step.repeat(130).slice(0, 238)}c`;
      recorder.event({ ...eip, name }, 'Normal', 'R', 'm');
    }
    await flush();
    for (const { body } of written())
      assert.match(body.metadata.name, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
  });

  it('writes events.k8s.io/v1 where the server has it', async () => {
    recorder.event(service, 'Normal', 'Allocated', 'got 192.0.2.1 from pool');
    await flush();
    const [{ method, path, body } = assert.fail()] = written();
    assert.equal(`${method} ${path}`, 'POST /apis/events.k8s.io/v1/namespaces/shop/events');
    const { metadata, ...rest } = body;
    assert.equal(metadata.namespace, 'shop');
    assert.match(metadata.name, /^web\.[0-9a-f]+$/);
    assert.deepEqual(rest, {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      regarding: service,
      type: 'Normal',
      reason: 'Allocated',
      action: 'Allocated',
      note: 'got 192.0.2.1 from pool',
      eventTime: '2026-01-02T03:04:05.000000Z',
      reportingController: 'openelb.io/controller',
      reportingInstance: 'node-1',
    });
  });

  it('writes core/v1 where it has not', async () => {
    recorder = open(false);
    recorder.event(service, 'Warning', 'Refused', 'no');
    recorder.event(service, 'Warning', 'Refused', 'no');
    await flush();
    clock.advance(5000);
    recorder.event(service, 'Warning', 'Refused', 'no');
    await flush();
    const [first = assert.fail(), second = assert.fail()] = written();
    assert.equal(`${first.method} ${first.path}`, 'POST /api/v1/namespaces/shop/events');
    assert.equal(first.body.involvedObject.name, 'web');
    assert.equal(first.body.count, 2);
    assert.equal(first.body.firstTimestamp, '2026-01-02T03:04:05Z');
    assert.deepEqual(second.body, { count: 3, lastTimestamp: '2026-01-02T03:04:10Z' });
  });

  it('writes about cluster-scoped objects so that the server takes it and kubectl finds it: core/v1, in default', async () => {
    recorder.event(eip, 'Warning', 'Invalid', 'no');
    await flush();
    assert.equal(written()[0]?.path, '/api/v1/namespaces/default/events');
    assert.deepEqual(written()[0]?.body.involvedObject, eip);
  });

  it('counts the same thing on one Event for ten minutes, then begins another', async () => {
    for (let i = 0; i < 3; i += 1) {
      recorder.event(service, 'Warning', 'Exhausted', 'full');
      await flush();
      clock.advance(599_999);
    }
    clock.advance(1);
    recorder.event(service, 'Warning', 'Exhausted', 'full');
    await flush();
    const [first, second, third, fourth] = written();
    assert.deepEqual(
      [first, second, third, fourth].map((each) => each?.method),
      ['POST', 'PATCH', 'PATCH', 'POST'],
    );
    assert.equal(third?.path, `/apis/events.k8s.io/v1/namespaces/shop/events/${first?.body.metadata.name}`);
    assert.deepEqual(third?.body, { series: { count: 3, lastObservedTime: '2026-01-02T03:24:04.998000Z' } });
    assert.notEqual(fourth?.body.metadata.name, first?.body.metadata.name);
  });

  it('remembers of a hundred objects none that nothing was told of for ten minutes', async () => {
    for (let at = 0; at < 100; at += 1) {
      recorder.event({ ...service, name: `web-${at}` }, 'Normal', 'R', 'm');
      await flush();
      clock.advance(1_000);
    }
    recorder.event({ ...service, name: 'web-0' }, 'Normal', 'R', 'm');
    await flush();
    clock.advance(590_000);
    recorder.event({ ...service, name: 'web-1' }, 'Normal', 'R', 'other');
    await flush();
    assert.equal(recorder.stats().remembered, 11);
    clock.advance(600_000);
    recorder.event(eip, 'Normal', 'R', 'm');
    await flush();
    assert.equal(recorder.stats().remembered, 1);
  });

  it('remembers of a thousand objects no longer what they may have told than that is less than of new ones', async () => {
    // Of one a lot is told at first, which it has again after two hours: it is in the way of no other.
    for (let at = 0; at < 25; at += 1) recorder.event(eip, 'Normal', 'R', `m${at}`);
    await flush();
    let most = 0;
    for (let at = 0; at < 1_000; at += 1) {
      recorder.event({ ...service, name: `web-${at}` }, 'Normal', 'R', 'm');
      most = Math.max(most, recorder.stats().limited);
      clock.advance(3_000);
      if (at % 500 === 0) await flush(); // no more wait than may
    }
    await flush();
    // One each 3 s, for five minutes, and a minute until that is noticed.
    assert.ok(most <= 1 + 120 + 1, `${most}`);
    clock.advance(7_500_000);
    recorder.event(service, 'Normal', 'R', 'm');
    assert.equal(recorder.stats().limited, 1);
    await flush();
  });

  it('keeps apart what differs in object, type, reason or message', async () => {
    recorder.event(eip, 'Normal', 'A', 'm');
    recorder.event({ ...eip, uid: 'u3' }, 'Normal', 'A', 'm');
    recorder.event(eip, 'Warning', 'A', 'm');
    recorder.event(eip, 'Normal', 'B', 'm');
    recorder.event(eip, 'Normal', 'A', 'n');
    await flush();
    assert.equal(new Set(written().map(({ body }) => body.metadata.name)).size, 5);
  });

  it('begins a new Event when the server has forgotten the one it counted on', async () => {
    recorder.event(service, 'Normal', 'A', 'm');
    await flush();
    heal();
    server.fault((request, response) =>
      request.method === 'PATCH'
        ? answer(response, 404, status(404, 'NotFound', 'gone'))
        : answer(response, 201, request.body),
    );
    recorder.event(service, 'Normal', 'A', 'm');
    await flush();
    assert.equal(written().at(-1)?.method, 'POST');
    assert.equal(written().at(-1)?.body.series.count, 2);
  });

  it('writes at most 25 at once for an object and one per five minutes after that; others are not held up', async () => {
    for (let i = 0; i < 100; i += 1) recorder.event(eip, 'Normal', 'A', `message ${i}`);
    recorder.event(service, 'Normal', 'A', 'm');
    await flush();
    assert.equal(written().length, 26);
    assert.equal(recorder.stats().dropped, 75);
    clock.advance(300_000);
    recorder.event(eip, 'Normal', 'A', 'later');
    recorder.event(eip, 'Normal', 'A', 'later still');
    await flush();
    assert.equal(written().length, 27);
  });

  it('gives an object of which nothing was told for ten minutes two more, and not 25', async () => {
    const tell = async (round: number) => {
      for (let at = 0; at < 40; at += 1) recorder.event(service, 'Normal', 'R', `${round} ${at}`);
      await flush();
      return server.requests.length;
    };
    assert.equal(await tell(0), 25);
    clock.advance(600_000);
    assert.equal(await tell(1), 27);
  });

  it('says so where more than a thousand wait, and takes it later', async () => {
    const of = (at: number) => ({ ...service, name: `web-${at}`, uid: `u-${at}` });
    const taken = Array.from({ length: 1200 }, (_, at) => recorder.event(of(at), 'Warning', 'PoolFull', 'full'));
    assert.equal(taken.filter((each) => each).length, 1000);
    assert.equal(recorder.event(of(7), 'Warning', 'PoolFull', 'full'), true, 'it is among those that wait');
    await eventually('room for one more', () => recorder.event(of(1100), 'Warning', 'PoolFull', 'full'));
  });

  it('tries again when the server is in trouble, and gives up in the end', async () => {
    heal();
    server.fault((_, response) => answer(response, 503, 'not now'));
    recorder.event(eip, 'Normal', 'A', 'm');
    const flushed = recorder.flush();
    for (let i = 1; i < 5; i += 1) {
      await eventually('a retry is due', () => server.requests.length === i && clock.pending().includes(0));
      clock.advance(0);
    }
    await flushed;
    assert.equal(server.requests.length, 5);
    assert.deepEqual(recorder.stats(), { written: 0, dropped: 1, waiting: 0, remembered: 1, limited: 1 });
  });

  it('does not try again what the server will never take', async () => {
    heal();
    const stop = server.fault((_, response) =>
      answer(response, 403, status(403, 'Forbidden', 'namespace is being terminated')),
    );
    recorder.event(service, 'Normal', 'A', 'm');
    await flush();
    assert.equal(server.requests.length, 1);
    stop();
    server.fault((request, response) => answer(response, 201, request.body));
    recorder.event(service, 'Normal', 'B', 'm');
    await flush();
    assert.equal(recorder.stats().written, 1);
  });

  it('takes "already exists" for written: an earlier try got through', async () => {
    heal();
    server.fault((_, response) => answer(response, 409, status(409, 'AlreadyExists', 'exists')));
    recorder.event(service, 'Normal', 'A', 'm');
    await flush();
    assert.equal(recorder.stats().written, 1);
  });

  it('waits no longer than told for the last ones', async () => {
    heal();
    server.fault(() => true);
    recorder.event(eip, 'Normal', 'A', 'm');
    await turns();
    let flushed = false;
    void recorder.flush(500).then(() => {
      flushed = true;
    });
    clock.advance(499);
    await turns();
    assert.equal(flushed, false);
    clock.advance(1);
    await turns();
    assert.equal(flushed, true);
  });

  it('keeps within what the server accepts: long messages and names are cut between characters', async () => {
    recorder.event({ ...service, name: 'n'.repeat(253) }, 'Normal', 'A', '€'.repeat(2000));
    await flush();
    const { note, metadata } = written()[0]!.body;
    assert.ok(Buffer.byteLength(note) <= 1024);
    assert.match(note, /^€+…$/);
    assert.ok(metadata.name.length <= 253);
  });

  it('remembers of a long message no more than it writes', async () => {
    for (let i = 0; i < 20; i += 1) recorder.event(service, 'Warning', 'A', `${'x'.repeat(250_000)}${i}`);
    await flush();
    assert.equal(written().length, 1);
    assert.equal(written()[0]!.body.series.count, 20);
  });
});
