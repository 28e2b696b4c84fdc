import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { unixPeer } from '../../../../src/platform/linux/unix-peer.js';

describe('who listens on a Unix socket', () => {
  const path = `\0openelb-vip/test/${process.pid}`;

  it('is known by process and user, for as long as somebody does', async () => {
    assert.equal(unixPeer(path), undefined);
    const server = createServer((socket) => socket.destroy()).listen({ path });
    await once(server, 'listening');
    assert.deepEqual(unixPeer(path), { pid: process.pid, uid: process.geteuid!() });
    server.close();
    await once(server, 'close');
    assert.equal(unixPeer(path), undefined);
  });
});
