import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { commandProbe, httpProbe, tcpProbe } from '../../../../src/agent/tracking/probe.js';

const patient = () => AbortSignal.timeout(5000);

describe('a check of a target', () => {
  const server = createServer((request, response) => {
    if (request.url === '/slow') return;
    response.statusCode = request.url === '/broken' ? 503 : 200;
    response.end();
  });
  let port = 0;
  before((done) => {
    server.listen(0, '127.0.0.1', () => {
      port = (server.address() as AddressInfo).port;
      done();
    });
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  it('by TCP passes when the port accepts', async () =>
    assert.deepEqual(await tcpProbe('127.0.0.1', port)(patient()), { ok: true }));
  it('by TCP fails with the cause when nothing listens', async () =>
    assert.deepEqual(await tcpProbe('127.0.0.1', 1)(patient()), { ok: false, reason: '127.0.0.1:1: ECONNREFUSED' }));
  it('by HTTP passes at 200', async () =>
    assert.deepEqual(await httpProbe(`http://127.0.0.1:${port}/`)(patient()), { ok: true }));
  it('by HTTP fails at 503 and says so', async () =>
    assert.deepEqual(await httpProbe(`http://127.0.0.1:${port}/broken`)(patient()), {
      ok: false,
      reason: `http://127.0.0.1:${port}/broken answers 503`,
    }));
  it('by HTTP fails when the answer does not come in time', async () =>
    assert.deepEqual(await httpProbe(`http://127.0.0.1:${port}/slow`)(AbortSignal.timeout(50)), {
      ok: false,
      reason: `http://127.0.0.1:${port}/slow did not answer in time`,
    }));
  it('by command passes at exit code 0', async () =>
    assert.deepEqual(await commandProbe('true', [])(patient()), { ok: true }));
  it('by command fails with its exit code and first words', async () =>
    assert.deepEqual(await commandProbe('sh', ['-c', 'echo disk full >&2; exit 3'])(patient()), {
      ok: false,
      reason: 'sh exited with 3: disk full',
    }));
  it('by command is ended when it takes too long', async () =>
    assert.deepEqual(await commandProbe('sleep', ['60'])(AbortSignal.timeout(50)), {
      ok: false,
      reason: 'sleep did not end in time',
    }));
  it('by a command that does not exist fails and names it', async () => {
    const result = await commandProbe('/no/such/check', [])(patient());
    assert.ok(!result.ok);
    assert.match(result.reason, /^\/no\/such\/check did not start: .*ENOENT/);
  });
});
