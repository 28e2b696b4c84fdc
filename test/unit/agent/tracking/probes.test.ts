import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandProbe } from '../../../../src/agent/tracking/command-probe.js';
import { httpProbe } from '../../../../src/agent/tracking/http-probe.js';
import { tcpProbe } from '../../../../src/agent/tracking/tcp-probe.js';
import { issueCertificate } from '../../../../src/controller/certificate/certificate.js';
import { eventually } from '../../../lab/eventually.js';

const patient = () => AbortSignal.timeout(5000);

const listening = (server: Server) =>
  new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
  );

/** As an API server of k3s: 401 to everybody but the bearer of the token. */
const answer: RequestListener = (request, response) => {
  switch (request.url) {
    case '/slow':
      return;
    case '/broken':
      response.statusCode = 503;
      break;
    case '/endless': {
      response.write('x');
      const more = setInterval(() => response.write('x'), 1);
      response.once('close', () => clearInterval(more));
      return;
    }
    case '/readyz':
      response.statusCode = request.headers.authorization === 'Bearer good.token' ? 200 : 401;
  }
  response.end();
};

describe('a check of a target', () => {
  const server = createServer(answer);
  let port = 0;
  before(async () => {
    port = await listening(server);
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const http = (path: string, over: object = {}) => httpProbe({ url: `http://127.0.0.1:${port}${path}`, ...over });

  it('by TCP passes when the port accepts', async () =>
    assert.deepEqual(await tcpProbe('127.0.0.1', port)(patient()), { ok: true }));
  it('by TCP fails with the cause when nothing listens', async () =>
    assert.deepEqual(await tcpProbe('127.0.0.1', 1)(patient()), { ok: false, reason: '127.0.0.1:1: ECONNREFUSED' }));
  it('by HTTP passes at 200', async () => assert.deepEqual(await http('/')(patient()), { ok: true }));
  it('by HTTP fails at 503 and says so', async () =>
    assert.deepEqual(await http('/broken')(patient()), {
      ok: false,
      reason: `http://127.0.0.1:${port}/broken answers 503`,
    }));
  it('by HTTP fails when the answer does not come in time', async () =>
    assert.deepEqual(await http('/slow')(AbortSignal.timeout(50)), {
      ok: false,
      reason: `http://127.0.0.1:${port}/slow did not answer in time`,
    }));
  it('by HTTP passes at a status that it is to accept, and then at no other', async () => {
    assert.deepEqual(await http('/readyz', { statuses: [200, 401] })(patient()), { ok: true });
    assert.deepEqual(await http('/', { statuses: [401] })(patient()), {
      ok: false,
      reason: `http://127.0.0.1:${port}/ answers 200`,
    });
  });
  it('by HTTP does not wait for the end of an answer that has none, and lets go of it', async () => {
    assert.deepEqual(await http('/endless')(patient()), { ok: true });
    const connections = () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
    await eventually('the connection to be gone', async () => (await connections()) === 0, { withinMs: 5_000 });
  });
  for (const [claim, head, reason] of [
    [
      'by another protocol',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
      'answers 101',
    ],
    ['by the end of the connection', '', 'ECONNRESET'],
  ] as const) {
    it(`by HTTP fails, and ends, when it is answered ${claim}`, async () => {
      const raw = createTcpServer((socket) => socket.on('error', () => {}).once('data', () => socket.end(head)));
      const url = `http://127.0.0.1:${await listening(raw)}/`;
      const result = await httpProbe({ url })(patient()).finally(() => raw.close());
      assert.ok(!result.ok);
      assert.match(result.reason, new RegExp(`^${url}:? ${reason}`));
    });
  }
  it('by a URL that cannot be asked fails and says why', async () => {
    const result = await httpProbe({ url: 'http://127.0.0.1:99999/' })(patient());
    assert.ok(!result.ok);
    assert.match(result.reason, /^http:\/\/127\.0\.0\.1:99999\/: ERR_INVALID_URL/);
  });
  it('by command passes at exit code 0', async () =>
    assert.deepEqual(await commandProbe('true', [])(patient()), { ok: true }));
  it('by command fails with its exit code and first words', async () =>
    assert.deepEqual(await commandProbe('sh', ['-c', 'echo disk full >&2; echo more >&2; exit 3'])(patient()), {
      ok: false,
      reason: 'sh exited with 3: disk full',
    }));
  it('by command is ended when it takes too long', async () =>
    assert.deepEqual(await commandProbe('sleep', ['60'])(AbortSignal.timeout(50)), {
      ok: false,
      reason: 'sleep did not end in time',
    }));
  it('by command passes when it ends, although a child goes on printing', async () =>
    assert.deepEqual(await commandProbe('sh', ['-c', '(while sleep 1; do echo x >&2; done) &'])(patient()), {
      ok: true,
    }));
  it('by command shows little of a long line', async () => {
    const result = await commandProbe('sh', ['-c', 'head -c 100000 /dev/zero | tr "\\0" x >&2; exit 1'])(patient());
    assert.ok(!result.ok);
    assert.equal(result.reason, `sh exited with 1: ${'x'.repeat(256)}`);
  });
  it('by a command that does not exist fails and names it', async () => {
    const result = await commandProbe('/no/such/check', [])(patient());
    assert.ok(!result.ok);
    assert.match(result.reason, /^\/no\/such\/check did not start: .*ENOENT/);
  });
});

describe('a check by https', () => {
  const { certificate, key, authority } = issueCertificate(['kubernetes'], Date.now(), 3_600_000);
  const server = createSecureServer({ cert: certificate, key }, answer);
  let folder: string;
  let url: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'checks-'));
    url = `https://127.0.0.1:${await listening(server)}/readyz`;
    writeFileSync(join(folder, 'ca.crt'), authority);
    writeFileSync(join(folder, 'other.crt'), issueCertificate(['kubernetes'], Date.now(), 3_600_000).authority);
    writeFileSync(join(folder, 'token'), 'good.token\n');
  });
  after(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });
  const ask = (over: object) => httpProbe({ url, ...over })(patient());
  const reasonOf = async (over: object) => {
    const result = await ask(over);
    assert.ok(!result.ok);
    return result.reason;
  };
  const file = (name: string, content?: string) => {
    if (content !== undefined) writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const named = () => ({ caFile: file('ca.crt'), serverName: 'kubernetes' });

  it('does not verify the certificate unless it is told how', async () =>
    assert.deepEqual(await ask({ statuses: [401] }), { ok: true }));
  it('passes with a token that the server knows, to a server that is the right one', async () =>
    assert.deepEqual(await ask({ bearerTokenFile: file('token'), tls: named() }), { ok: true }));
  it('reads the token anew at each try, since it is renewed', async () => {
    const probe = httpProbe({ url, bearerTokenFile: file('renewed', 'bad.token'), tls: named() });
    assert.deepEqual(await probe(patient()), { ok: false, reason: `${url} answers 401` });
    file('renewed', 'good.token');
    assert.deepEqual(await probe(patient()), { ok: true });
  });
  it('fails at a certificate of another authority', async () =>
    assert.match(await reasonOf({ tls: { ...named(), caFile: file('other.crt') } }), /: UNABLE_TO_VERIFY|SELF_SIGNED/));
  it('fails at a certificate for another name', async () =>
    assert.match(await reasonOf({ tls: { caFile: file('ca.crt') } }), /: ERR_TLS_CERT_ALTNAME_INVALID$/));
  it('verifies with the authorities of Node.js when it is given none', async () =>
    assert.match(await reasonOf({ tls: {} }), /: (UNABLE_TO_|SELF_SIGNED)/));
  it('does not verify when it is told so', async () =>
    assert.deepEqual(await ask({ statuses: [401], tls: { insecureSkipVerify: true } }), { ok: true }));
  it('fails with the file that is missing, empty or wrong, and shows nothing of it', async () => {
    const token = (name: string, content?: string) =>
      reasonOf({ bearerTokenFile: file(name, content), tls: named() }).then((reason) => reason.replace(folder, ''));
    assert.equal(await token('none'), '/none is missing');
    assert.equal(await token('empty', '\n'), '/empty is empty');
    assert.equal(await token('lines', 'a\nX-Other: b'), '/lines holds no bearer token');
    assert.equal(await token('long', 'x'.repeat(20_000)), '/long has more than 16384 bytes');
    const ca = (content: string) => reasonOf({ tls: { caFile: file('wrong.crt', content) } });
    assert.equal(await ca('good.token'), `${folder}/wrong.crt holds no certificate in PEM`);
    assert.doesNotMatch(await ca('-----BEGIN CERTIFICATE-----\ngood.token\n'), /good/);
  });
});
