import { strict as assert } from 'node:assert';
import { ipToBytes, parseIp } from '../../src/core/ip/address.js';
import { LinuxError } from '../../src/platform/linux/errno.js';
import { openPoller, type Poller } from '../../src/platform/linux/poller.js';
import {
  connectTcp,
  listenTcp,
  settleTcp,
  type TcpListener,
  type TcpSettings,
  type TcpSocket,
} from '../../src/platform/linux/tcp-socket.js';

const key = (text: string) => new Uint8Array(Buffer.from(text));
const plain: TcpSettings = { timeToLive: 1, leastTimeToLive: undefined, md5Key: undefined, userTimeout: 0 };
const patience = 2_000_000;

for (const name of ['127.0.0.1', '::1'])
  describe(`TCP sockets of ${name}`, () => {
    const address = ipToBytes(parseIp(name)!);
    const opened: { close(abort: boolean): void }[] = [];
    let poller: Poller;
    let listener: TcpListener;
    let port = 0;

    beforeEach(() => {
      poller = openPoller();
      // One that nobody has.
      for (port = 40_000 + Math.floor(Math.random() * 20_000); ; port++) {
        try {
          listener = listenTcp({ address, port, scope: 0 }, 8);
          break;
        } catch (error) {
          assert.ok(error instanceof LinuxError && error.code === 'EADDRINUSE');
        }
      }
      opened.push(listener);
    });
    afterEach(() => {
      poller.close();
      for (const each of opened.splice(0)) each.close(true);
    });

    const connect = (settings: Partial<TcpSettings> = {}, from?: Uint8Array) => {
      const socket = connectTcp({ address, port, scope: 0 }, from, { ...plain, ...settings });
      opened.push(socket);
      return socket;
    };

    /** Waits until a socket is ready, in one way or the other; whether it became so in time. */
    function ready({ fd }: { fd: number }, writable = false, time = patience): boolean {
      let is = false;
      poller.add(fd, () => {
        is = true;
      });
      poller.watchWritable(fd, writable);
      for (let waited = 0; !is && waited < time; waited += 100_000) poller.wait(100_000);
      poller.remove(fd);
      return is;
    }

    function accepted(): TcpSocket {
      assert.ok(ready(listener), 'nobody connects');
      const socket = listener.accept()!;
      opened.push(socket);
      return socket;
    }

    function pair(settings: Partial<TcpSettings> = {}) {
      const [ours, theirs] = [connect(settings, address), accepted()];
      assert.ok(ready(ours, true));
      assert.equal(ours.failure(), undefined);
      return { ours, theirs };
    }

    it('connect from the address that they are to, and say what came and that it ended', () => {
      const { ours, theirs } = pair();
      assert.deepEqual(ours.local(), theirs.remote);
      assert.deepEqual(ours.local().address, address);
      assert.equal(theirs.read(new Uint8Array(8)), undefined);
      assert.equal(ours.write(key('hello')), 5);
      assert.ok(ready(theirs));
      const buffer = new Uint8Array(8);
      assert.deepEqual(buffer.subarray(0, theirs.read(buffer)), key('hello'));
      ours.endWriting();
      assert.ok(ready(theirs));
      assert.equal(theirs.read(buffer), 0);
      assert.equal(theirs.write(key('bye')), 3);
      assert.ok(ready(ours));
      assert.equal(ours.read(buffer), 3);
    });

    it('take only what there is room for, and can be waited for until there is more', () => {
      const { ours, theirs } = pair();
      const much = new Uint8Array(1 << 20);
      let taken = 0;
      for (let more = ours.write(much); more !== undefined; more = ours.write(much)) taken += more;
      assert.ok(!ready(ours, true, 100_000));
      const buffer = new Uint8Array(1 << 20);
      for (let read = 0; read < taken; ) {
        assert.ok(ready(theirs));
        read += theirs.read(buffer)!;
      }
      assert.ok(ready(ours, true));
    });

    it('that are aborted end the connection for the other end, too', () => {
      const { ours, theirs } = pair();
      opened.splice(opened.indexOf(ours), 1);
      ours.close(true);
      assert.ok(ready(theirs));
      assert.throws(
        () => theirs.read(new Uint8Array(8)),
        (error) => error instanceof LinuxError && error.code === 'ECONNRESET',
      );
    });

    it('say that nobody listens', () => {
      opened.splice(opened.indexOf(listener), 1);
      listener.close();
      const socket = connect();
      assert.ok(ready(socket, true));
      const failure = socket.failure();
      assert.equal(failure?.code, 'ECONNREFUSED');
      assert.ok(failure.message.includes(`${name} port ${port}`), failure.message);
    });

    it('say that the address is not ours, or the port not to be had', () => {
      const code = (expected: string) => (error: unknown) => error instanceof LinuxError && error.code === expected;
      const foreign =
        address.length === 4 ? Uint8Array.of(192, 0, 2, 1) : Uint8Array.of(0x20, 1, ...new Array(14).fill(7));
      assert.throws(() => connect({}, foreign), code('EADDRNOTAVAIL'));
      assert.throws(() => listenTcp({ address, port, scope: 0 }, 8), code('EADDRINUSE'));
      assert.throws(() => listenTcp({ address: foreign, port, scope: 0 }, 8), code('EADDRNOTAVAIL'));
    });

    it('with the same key hear each other, with others nothing', () => {
      listener.setMd5Key(address, key('secret'));
      for (const md5Key of [undefined, key('another')]) {
        const socket = connect({ md5Key });
        assert.ok(!ready(socket, true, 300_000));
      }
      const { ours, theirs } = pair({ md5Key: key('secret') });
      settleTcp(theirs, { ...plain, md5Key: key('secret') });
      ours.write(key('signed'));
      assert.ok(ready(theirs));
      assert.equal(theirs.read(new Uint8Array(8)), 6);
      listener.setMd5Key(address, undefined);
      listener.setMd5Key(address, undefined);
      pair();
    });

    it('take nothing from farther away than they are to', () => {
      const { ours, theirs } = pair({ timeToLive: 255, leastTimeToLive: 255 });
      ours.write(key('near'));
      assert.ok(ready(theirs));
      settleTcp(theirs, { ...plain, timeToLive: 254, leastTimeToLive: 255 });
      theirs.write(key('far'));
      assert.ok(!ready(ours, false, 300_000));
    });
  });
