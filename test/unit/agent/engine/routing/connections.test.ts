import assert from 'node:assert/strict';
import {
  endLingering,
  lingerDeadline,
  openConnections,
  takeSocket,
} from '../../../../../src/agent/engine/routing/connections.js';
import { errnoOf, LinuxError } from '../../../../../src/platform/linux/errno.js';
import type { Poller } from '../../../../../src/platform/linux/poller.js';
import type { TcpSocket } from '../../../../../src/platform/linux/tcp-socket.js';
import { ip, seconds } from '../../../core/bgp/given.js';

const remote = { address: ip('10.0.0.1'), port: 179, scope: 0 };
const lost = new LinuxError({ errno: errnoOf('ECONNRESET'), operation: 'read from', object: 'it' });

/** One connection whose socket is the test's, and what was told of it. */
function open(connecting = false) {
  const kernel = {
    now: 0,
    /** How many octets TCP takes. */
    room: Number.POSITIVE_INFINITY,
    written: [] as number[],
    incoming: [] as (Uint8Array | LinuxError | 'end')[],
    reads: 0,
    failure: undefined as LinuxError | undefined,
    broken: false,
    ended: false,
    closed: undefined as 'abort' | 'gently' | undefined,
    writable: false,
    ready: undefined as (() => void) | undefined,
  };
  const poller = {
    add: (_: number, onReady: () => void) => {
      kernel.ready = onReady;
    },
    watchWritable(_: number, watched: boolean) {
      kernel.writable = watched;
    },
    remove() {
      kernel.ready = undefined;
    },
  } as unknown as Poller;
  const socket: TcpSocket = {
    fd: 7,
    remote,
    local: () => ({ address: ip('10.0.0.11'), port: 50_000, scope: 0 }),
    failure: () => kernel.failure,
    write(octets) {
      if (kernel.broken) throw lost;
      const taken = Math.min(kernel.room, octets.length);
      if (taken === 0) return undefined;
      kernel.room -= taken;
      kernel.written.push(...octets.subarray(0, taken));
      return taken;
    },
    read(buffer) {
      kernel.reads++;
      const next = kernel.incoming.shift();
      if (next === undefined) return undefined;
      if (next === 'end') return 0;
      if (next instanceof LinuxError) throw next;
      buffer.set(next.subarray(0, buffer.length));
      return Math.min(next.length, buffer.length);
    },
    endWriting() {
      kernel.ended = true;
    },
    close(abort) {
      kernel.closed = abort ? 'abort' : 'gently';
    },
  };
  const all = openConnections(poller, () => kernel.now);
  const told: string[] = [];
  const connection = takeSocket(all, socket, connecting);
  connection.listen({
    connected: (local) => told.push(`connected from ${local.join('.')}`),
    received: (octets) => told.push(`received ${octets.length}`),
    sent: (left) => told.push(`sent, ${left} left`),
    closed: (error) => told.push(`closed${error ? `: ${error.code}` : ''}`),
  });
  return { all, kernel, connection, told };
}

describe('a TCP connection of a session', () => {
  it('says that it stands, or why not', () => {
    const made = open(true);
    assert.ok(made.kernel.writable);
    made.kernel.ready!();
    assert.deepEqual([made.told, made.kernel.writable], [['connected from 10.0.0.11'], false]);
    const refused = open(true);
    refused.kernel.failure = new LinuxError({ errno: errnoOf('ECONNREFUSED'), operation: 'connect', object: 'it' });
    refused.kernel.ready!();
    assert.deepEqual([refused.told, refused.kernel.ready], [['closed: ECONNREFUSED'], undefined]);
  });

  it('sends all that was queued in its order, as fast as TCP takes it', () => {
    const { kernel, connection, told } = open();
    kernel.room = 5;
    for (const message of [
      [1, 2, 3],
      [4, 5, 6],
      [7, 8],
    ])
      connection.send(Uint8Array.from(message));
    assert.equal(connection.flush(), 3);
    assert.ok(kernel.writable);
    kernel.room = 2;
    kernel.ready!();
    connection.send(Uint8Array.of(9));
    assert.equal(connection.flush(), 2);
    kernel.room = 100;
    kernel.ready!();
    assert.deepEqual(kernel.written, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.deepEqual(told, ['sent, 1 left', 'sent, 0 left']);
    assert.ok(!kernel.writable);
  });

  it('sends what is long in large pieces', () => {
    const { kernel, connection } = open();
    const messages = Array.from({ length: 100 }, (_, i) => new Uint8Array(4096).fill(i));
    for (const message of messages) connection.send(message);
    assert.equal(connection.flush(), 0);
    assert.deepEqual(Buffer.from(kernel.written), Buffer.concat(messages));
  });

  it('reads one portion a turn, whatever waits', () => {
    const { kernel, told } = open();
    kernel.incoming = [new Uint8Array(100_000), new Uint8Array(10)];
    kernel.ready!();
    assert.deepEqual([kernel.reads, told], [1, ['received 16384']]);
  });

  it('tells its end once', () => {
    const ended = open();
    ended.kernel.incoming = ['end'];
    ended.kernel.ready!();
    assert.deepEqual([ended.told, ended.kernel.closed, ended.kernel.ready], [['closed'], 'gently', undefined]);
    const reset = open();
    reset.kernel.incoming = [lost];
    reset.kernel.ready!();
    assert.deepEqual(reset.told, ['closed: ECONNRESET']);
  });

  it('that is broken while it sends is told when it is read', () => {
    const { kernel, connection, told } = open();
    kernel.broken = true;
    connection.send(Uint8Array.of(1));
    assert.equal(connection.flush(), undefined);
    assert.deepEqual(told, []);
    kernel.incoming = ['end'];
    kernel.ready!();
    assert.deepEqual(told, ['closed']);
  });
});

describe('a TCP connection that its session closes', () => {
  it('tells the peer the rest, says that this was all, and waits for its end', () => {
    const { all, kernel, connection, told } = open();
    kernel.room = 1;
    connection.send(Uint8Array.of(1, 2));
    connection.close(false);
    assert.deepEqual([kernel.ended, kernel.closed, all.lingering.size], [false, undefined, 1]);
    kernel.room = 1;
    kernel.incoming = [new Uint8Array(5)];
    kernel.ready!();
    assert.deepEqual([kernel.written, kernel.ended, kernel.closed], [[1, 2], true, undefined]);
    kernel.incoming = ['end'];
    kernel.ready!();
    assert.deepEqual([kernel.closed, all.lingering.size, told], ['gently', 0, []]);
  });

  it('does not wait for a peer that takes nothing for longer than a second', () => {
    const { all, kernel, connection } = open();
    kernel.room = 0;
    connection.send(Uint8Array.of(1));
    connection.close(false);
    assert.equal(lingerDeadline(all), seconds(1));
    kernel.now = seconds(1) - 1;
    endLingering(all);
    assert.equal(kernel.closed, undefined);
    kernel.now = seconds(1);
    endLingering(all);
    assert.deepEqual([kernel.closed, all.lingering.size], ['abort', 0]);
  });

  it('is gone at once when it is aborted, or was not made yet', () => {
    const aborted = open();
    aborted.connection.send(Uint8Array.of(1));
    aborted.connection.close(true);
    assert.deepEqual([aborted.kernel.closed, aborted.kernel.written], ['abort', []]);
    const connecting = open(true);
    connecting.connection.close(false);
    assert.equal(connecting.kernel.closed, 'abort');
  });

  it('is aborted when so many others were let go of after it that descriptors might run out', () => {
    const poller = { add() {}, watchWritable() {}, remove() {} } as unknown as Poller;
    const all = openConnections(poller, () => 0);
    const ended: number[] = [];
    for (let fd = 0; fd < 1_100; fd++) {
      const socket = { fd, remote, endWriting() {}, close: (abort: boolean) => abort && ended.push(fd) };
      takeSocket(all, socket as unknown as TcpSocket, false).close(false);
    }
    assert.deepEqual(
      ended,
      Array.from({ length: 76 }, (_, fd) => fd),
    );
    assert.equal(lingerDeadline(all), seconds(1));
  });

  it('is waited for as long as the first of them may last, however many they are', () => {
    const { all } = open();
    for (let i = 0; i < 200_000; i++) all.lingering.set({} as never, seconds(3) - i);
    assert.equal(lingerDeadline(all), seconds(3) - 199_999);
  });
});
