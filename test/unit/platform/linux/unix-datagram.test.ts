import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errnoOf } from '../../../../src/platform/linux/errno.js';
import { bind, close, recv, socket } from '../../../../src/platform/linux/sys.js';
import { isUnixName, openUnixDatagrams } from '../../../../src/platform/linux/unix-datagram.js';

describe('datagrams to a Unix socket', () => {
  const folder = mkdtempSync(join(tmpdir(), 'datagrams-'));
  after(() => rmSync(folder, { recursive: true }));

  for (const [kind, name] of [
    ['a path', join(folder, 'notify')],
    ['an abstract name', `\0openelb-vip/test/${process.pid}`],
  ] as const)
    it(`reach who listens at ${kind}, each whole`, () => {
      const datagrams = openUnixDatagrams(name);
      assert.ok(datagrams.send(Buffer.from('nobody listens yet')) < 0);
      const listener = listen(name);
      try {
        assert.equal(datagrams.send(Buffer.from('READY=1\nSTATUS=äöü')), 0);
        assert.equal(datagrams.send(Buffer.from('WATCHDOG=1')), 0);
        assert.equal(listener.next(), 'READY=1\nSTATUS=äöü');
        assert.equal(listener.next(), 'WATCHDOG=1');
        assert.equal(listener.next(), undefined);
      } finally {
        listener.close();
        datagrams.close();
      }
    });

  it('wait for nobody: whoever does not read has no room left at some time', () => {
    const name = join(folder, 'full');
    const datagrams = openUnixDatagrams(name);
    const listener = listen(name);
    try {
      const results = Array.from({ length: 10_000 }, () => datagrams.send(Buffer.from('WATCHDOG=1')));
      assert.equal(results.at(-1), -errnoOf('EAGAIN'));
      while (listener.next() !== undefined);
      assert.equal(datagrams.send(Buffer.from('WATCHDOG=1')), 0);
    } finally {
      listener.close();
      datagrams.close();
    }
  });

  it('go to an absolute path or an abstract name, and to no other', () => {
    for (const name of ['/run/systemd/notify', '\0a', `/${'a'.repeat(106)}`]) assert.ok(isUnixName(name), name);
    for (const name of ['', '/', '\0', 'notify', '/a\0b', `/${'a'.repeat(107)}`, `/${'ä'.repeat(54)}`])
      assert.ok(!isUnixName(name), name);
  });
});

/** As a service manager does; Node.js has no such socket. */
function listen(name: string) {
  const fd = socket(1, 2 | 0o4000, 0); // AF_UNIX, SOCK_DGRAM, SOCK_NONBLOCK
  const path = Buffer.from(name.startsWith('\0') ? name : `${name}\0`);
  assert.equal(bind(fd, Buffer.concat([Uint8Array.of(1, 0), path])), 0);
  const buffer = Buffer.alloc(4096);
  return {
    next(): string | undefined {
      const length = recv(fd, buffer, 0);
      return length < 0 ? undefined : buffer.toString('utf8', 0, length);
    },
    close: () => void close(fd),
  };
}
