import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { serveRoutes } from '../../../../src/platform/observability/health.js';
import { listeningProblem } from '../../../../src/platform/observability/listening.js';

describe('a server that cannot listen', () => {
  const problemAt = (address: { host: string; port: number }) =>
    serveRoutes(address, {}).then(
      async (server) => {
        await server.close();
        assert.fail('it listens');
      },
      (error: unknown) => listeningProblem(error, '--metrics-address', `${address.host}:${address.port}`).message,
    );

  it('says by which flag, that another program has the port, and how to find out which', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => {
      other.listen(0, '127.0.0.1', resolve);
    });
    const { port } = other.address() as { port: number };
    assert.equal(
      await problemAt({ host: '127.0.0.1', port }),
      `--metrics-address 127.0.0.1:${port}: another program has that port: end it (ss -ltnp sport = :${port} says which), ` +
        'or choose another address with --metrics-address',
    );
    other.close();
  });

  it('says that this machine has no such address', async () => {
    assert.match(await problemAt({ host: '192.0.2.1', port: 17_472 }), /this machine has no such address: give it one/);
  });

  it('says what the system says where that is all that is known', () => {
    const { message, cause } = listeningProblem(new Error('EMFILE, no'), '--health-address', ':1');
    assert.equal(message, '--health-address :1: EMFILE, no, or choose another address with --health-address');
    assert.equal((cause as Error).message, 'EMFILE, no');
  });
});
