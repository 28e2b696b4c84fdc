import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createSecureServer, createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { healthOf, healthRequest } from '../../../../src/agent/tracking/grpc-health.js';
import { grpcProbe } from '../../../../src/agent/tracking/grpc-probe.js';
import { issueCertificate } from '../../../../src/controller/certificate/certificate.js';

const patient = () => AbortSignal.timeout(5_000);
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

describe('a HealthCheckRequest', () => {
  it('names its service in field 1', () => assert.deepEqual(healthRequest('web'), bytes('00 00000005 0a 03 776562')));
  it('for the server as a whole is empty', () => assert.deepEqual(healthRequest(''), bytes('00 00000000')));
  it('with a long name has its length in two bytes', () =>
    assert.deepEqual(healthRequest('x'.repeat(200)).slice(0, 8), bytes('00 000000cb 0a c801')));
});

describe('a HealthCheckResponse', () => {
  const judge = (body: string, over: { status?: number; grpcStatus?: string | undefined } = {}, service = '') => {
    const result = healthOf({ status: 200, grpcStatus: '0', body: bytes(body), ...over }, service);
    return result.ok ? 'ok' : result.reason;
  };
  for (const [claim, body, said] of [
    ['passes at SERVING', '00 00000002 0801', 'ok'],
    ['fails at NOT_SERVING', '00 00000002 0802', 'says that the server is NOT_SERVING'],
    ['fails at UNKNOWN, which is left out', '00 00000000', 'says that the server is UNKNOWN'],
    ['fails in a state that is not known', '00 00000002 0809', 'says that the server is in state 9'],
    ['may have fields that are not known', '00 00000019 1202ffff 190000000000000000 2501020304 320178 0801 3800', 'ok'],
    ['fails when it is compressed', '01 00000002 0801', 'answers with no HealthCheckResponse'],
    ['fails when it is cut', '00 00000003 0801', 'answers with no HealthCheckResponse'],
    ['fails when there are more than one', '00 00000002 0801 00 00000002 0801', 'answers with no HealthCheckResponse'],
    ['fails when a field goes beyond its end', '00 00000003 12ff01', 'answers with no HealthCheckResponse'],
    ['fails when a number has no end', '00 00000005 08ffffffff', 'answers with no HealthCheckResponse'],
    ['fails when it is nothing', '', 'answers with no HealthCheckResponse'],
  ] as const) {
    it(claim, () => assert.equal(judge(body), said));
  }
  it('is a result, whatever bytes it has', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.boolean(), (message, framed) => {
        const prefix = [0, 0, 0, 0, message.length];
        const body = Uint8Array.from(framed ? [...prefix, ...message] : message);
        const result = healthOf({ status: 200, grpcStatus: '0', body }, '');
        assert.ok(result.ok || /^(says that|answers with no)/.test(result.reason));
      }),
    ));
  it('is not looked at when the call failed, whose reason is told', () => {
    const serving = '00 00000002 0801';
    assert.equal(judge(serving, { grpcStatus: '5' }, 'web'), 'does not know service web');
    assert.equal(judge(serving, { grpcStatus: '12' }), 'has no grpc.health.v1.Health');
    assert.equal(judge(serving, { grpcStatus: '14' }), 'answers with gRPC status 14');
    assert.equal(judge(serving, { grpcStatus: undefined }), 'answers with gRPC status none');
    assert.equal(judge(serving, { status: 404 }), 'answers with HTTP status 404');
  });
});

describe('a check by gRPC', () => {
  const { certificate, key, authority } = issueCertificate(['health.test'], Date.now(), 3_600_000);
  const plain = createServer();
  const secure = createSecureServer({ cert: certificate, key });
  const ports = new Map<Http2Server, number>();
  let folder: string;

  /** A server of one service, web, which is in the state that its port's next caller is to see. */
  const serve = (stream: ServerHttp2Stream, path: string | undefined) => {
    stream.on('error', () => {});
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const service = Buffer.concat(chunks).subarray(7).toString();
      if (service === 'slow') return;
      const headers = { ':status': 200, 'content-type': 'application/grpc' };
      if (path !== '/grpc.health.v1.Health/Check' || service === 'other') {
        stream.respond({ ...headers, 'grpc-status': '5' }, { endStream: true });
        return;
      }
      stream.respond(headers, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(
        service === 'flood'
          ? Buffer.alloc(100_000)
          : bytes(service === 'web' ? '00 00000002 0801' : '00 00000002 0802'),
      );
    });
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'grpc-'));
    writeFileSync(join(folder, 'ca.crt'), authority);
    for (const server of [plain, secure]) {
      server.on('stream', (stream, headers) => serve(stream, headers[':path']));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      ports.set(server, (server.address() as AddressInfo).port);
    }
  });
  after(() => {
    for (const server of [plain, secure]) server.close();
    rmSync(folder, { recursive: true });
  });
  const ask = async (service: string, o: { over?: Http2Server; tls?: object; signal?: AbortSignal } = {}) => {
    const target = `127.0.0.1:${ports.get(o.over ?? plain)}`;
    const result = await grpcProbe({ target, service, tls: o.tls })(o.signal ?? patient());
    return result.ok ? 'ok' : result.reason.replace(target, 'it');
  };

  it('passes when the service serves', async () => assert.equal(await ask('web'), 'ok'));
  it('fails when it does not', async () => assert.equal(await ask('db'), 'it says that service db is NOT_SERVING'));
  it('fails at a service that the server does not know', async () =>
    assert.equal(await ask('other'), 'it does not know service other'));
  it('fails when the answer does not come in time', async () =>
    assert.equal(await ask('slow', { signal: AbortSignal.timeout(50) }), 'it did not answer in time'));
  it('does not take in more than an answer can have', async () =>
    assert.equal(await ask('flood'), 'it answers with more than a HealthCheckResponse'));
  it('fails when nothing listens', async () => {
    const result = await grpcProbe({ target: '127.0.0.1:1', service: '' })(patient());
    assert.deepEqual(result, { ok: false, reason: '127.0.0.1:1: ECONNREFUSED' });
  });
  it('fails at what speaks no HTTP/2', async () =>
    assert.match(await ask('web', { over: secure }), /^it (ends the connection without an answer|: E[A-Z0-9_]+)$/));
  it('by TLS passes at a certificate that is verified', async () => {
    const tls = { caFile: join(folder, 'ca.crt'), serverName: 'health.test' };
    assert.equal(await ask('web', { over: secure, tls }), 'ok');
  });
  it('by TLS fails at another, unless it is not verified', async () => {
    assert.match(await ask('web', { over: secure, tls: {} }), /^it: (UNABLE_TO_|SELF_SIGNED)/);
    assert.equal(await ask('web', { over: secure, tls: { insecureSkipVerify: true } }), 'ok');
  });
});
