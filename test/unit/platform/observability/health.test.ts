import assert from 'node:assert/strict';
import { type HealthServer, healthRoute, serveRoutes } from '../../../../src/platform/observability/health.js';

describe('the health server', () => {
  let server: HealthServer;
  let problem: string | undefined;
  before(async () => {
    server = await serveRoutes(
      { host: '127.0.0.1', port: 0 },
      {
        '/healthz': healthRoute(() => problem),
        '/fails': () => Promise.reject(new Error('no engine')),
      },
    );
  });
  after(() => server.close());
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

  it('rejects when the port is taken', async () => {
    const port = Number(server.address.split(':')[1]);
    await assert.rejects(serveRoutes({ host: '127.0.0.1', port }, {}), { code: 'EADDRINUSE' });
  });
});
