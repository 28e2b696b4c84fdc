import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { bound } from '../../../../src/platform/observability/http-bounds.js';

const bounds = {
  connections: 4,
  rates: { all: 100, each: 100 },
  headersMs: 1_000,
  requestMs: 1_000,
  idleMs: 1_000,
};

describe('an HTTP server with bounds', () => {
  it('takes the next request once it has said its answer, though it has not heard yet that this was written', async () => {
    let served = 0;
    const server = createServer((_request, response) => {
      served += 1;
      response.end('ok');
    });
    server.listen({ host: '127.0.0.1', port: 0, ...bound(server, bounds) });
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    // What is written for the first one is not known to have gone out when the second is read.
    const request = 'GET / HTTP/1.1\r\nhost: x\r\n';
    socket.write(`${request}\r\n${request}connection: close\r\n\r\n`);
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    await once(socket, 'close');
    server.close();
    assert.equal(served, 2);
    assert.equal(text.split('HTTP/1.1 200 OK').length - 1, 2);
  });
});
