import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { type HealthServer, healthRoute, serveRoutes } from '../../../../src/platform/observability/health.js';

describe('the health server', () => {
  let server: HealthServer;
  let problem: string | undefined;
  let own: HealthServer | undefined;
  before(async () => {
    server = await serveRoutes(
      { host: '127.0.0.1', port: 0 },
      {
        '/healthz': healthRoute(() => problem),
        '/fails': () => Promise.reject(new Error('no engine')),
      },
    );
  });
  after(() => Promise.all([server.close(), own?.close()]));
  const get = async (path: string, method = 'GET') => {
    const response = await fetch(`http://${server.address}${path}`, { method });
    return [response.status, await response.text()] as const;
  };

  it('answers ok while nothing is wrong, else 503 with what is', async () => {
    assert.deepEqual(await get('/healthz'), [200, 'ok\n']);
    problem = 'it hangs';
    assert.deepEqual(await get('/healthz?verbose'), [503, 'it hangs\n']);
  });

  it('answers 404 with the paths there are, 405 to writes, 500 to a route that fails', async () => {
    assert.deepEqual(await get('/constructor'), [404, 'known paths: /healthz /fails\n']);
    assert.equal((await get('/healthz', 'POST'))[0], 405);
    assert.deepEqual(await get('/fails'), [500, 'no engine\n']);
  });

  it('tells what concerns only this machine to nobody whom another name led here, and serves no path but those it has', async () => {
    own = await serveRoutes(
      { host: '127.0.0.1', port: 0 },
      { '/metrics': async () => ({ status: 200, body: 'figures\n' }) },
      { '/status': async () => ({ status: 200, body: 'all of it\n' }) },
    );
    const port = own.address.split(':')[1]!;
    const ask = (path: string, host: string) =>
      new Promise<string>((resolve, reject) => {
        const asking = request({ host: '127.0.0.1', port, path, headers: { host }, agent: false }, async (answer) => {
          const body = (await answer.setEncoding('utf8').toArray()).join('');
          resolve(`${answer.statusCode} ${body.trim()}`);
        });
        asking.on('error', reject).end();
      });
    for (const host of ['localhost', `localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`])
      assert.equal(await ask('/status', host), '200 all of it', host);
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      '[evil]',
    ])
      assert.equal(await ask('/status', host), '403 only this machine itself is told that', host);
    // Prometheus may know an agent by any name.
    assert.equal(await ask('/metrics', 'evil.example'), '200 figures');
    for (const path of [
      '//status',
      '/./status',
      '/metrics/../status',
      '/%2e%2e/status',
      '/status%00',
      '/__proto__',
      '/constructor',
      'http://evil.example/status',
      `/${'<script>'.repeat(200)}`,
    ])
      assert.equal(await ask(path, 'localhost'), '404 known paths: /metrics /status', path);
  });

  it('rejects when the port is taken', async () => {
    const port = Number(server.address.split(':')[1]);
    await assert.rejects(serveRoutes({ host: '127.0.0.1', port }, {}), { code: 'EADDRINUSE' });
  });

  it('closes the oldest of too many connections, so that a probe always gets in', async () => {
    const [host = '', port = ''] = server.address.split(':');
    const sockets = [];
    let closed = 0;
    for (let i = 0; i < 80; i += 1) {
      const socket = connect(Number(port), host);
      socket
        .on('error', () => {})
        .on('close', () => {
          closed += 1;
        });
      sockets.push(socket);
      await once(socket, 'connect');
    }
    problem = undefined;
    assert.deepEqual(await get('/healthz'), [200, 'ok\n']);
    assert.ok(closed >= 16, `${closed} were closed`);
    for (const socket of sockets) socket.destroy();
  });

  it('begins one request of a connection, whatever comes after it, and reads no more', async () => {
    let begun = 0;
    let answer = () => {};
    const slow = () =>
      new Promise<{ status: number; body: string }>((resolve) => {
        begun += 1;
        answer = () => resolve({ status: 200, body: 'ok' });
      });
    const busy = await serveRoutes({ host: '127.0.0.1', port: 0 }, { '/metrics': slow });
    const [host = '', port = ''] = busy.address.split(':');
    const socket = connect(Number(port), host).on('error', () => {});
    const requests = Buffer.from('GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(1_000));
    const more = () => {
      while (!socket.destroyed && socket.write(requests));
    };
    socket.on('drain', more);
    more();
    await new Promise((resolve) => socket.once('close', resolve));
    answer();
    assert.equal(begun, 1);
    await busy.close();
  });

  it('answers one request on a connection, so that who asks often is counted as who connects often', async () => {
    const [host = '', port = ''] = server.address.split(':');
    const socket = connect(Number(port), host);
    socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    await once(socket, 'close');
    assert.match(text, /^HTTP\/1\.1 200 OK[\s\S]*connection: close/i);
  });

  it('refuses headers that are too large, and reads no body', async () => {
    const large = await fetch(`http://${server.address}/healthz`, { headers: { a: 'x'.repeat(10_000) } }).then(
      ({ status }) => status,
      () => 'closed',
    );
    assert.ok(large === 431 || large === 'closed', String(large));
    const [host = '', port = ''] = server.address.split(':');
    const socket = connect(Number(port), host);
    socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000000\r\n\r\nx');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    await once(socket, 'close');
    assert.match(text, /^HTTP\/1\.1 200 OK[\s\S]*connection: close/i);
  });
});
