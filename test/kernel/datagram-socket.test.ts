import assert from 'node:assert/strict';
import { monotonicMicros } from '../../src/platform/linux/clock.js';
import { type DatagramSocket, openDatagramSocket } from '../../src/platform/linux/datagram-socket.js';
import { LinuxError } from '../../src/platform/linux/errno.js';
import { openRtnetlink } from '../../src/platform/linux/rtnetlink.js';
import { setsockoptInt } from '../../src/platform/linux/sys.js';
import { eventually } from '../lab/eventually.js';
import { openTwoHosts, requireRoot, type TwoHosts } from './two-hosts.js';

const port = 3784;
const payload = (mark: number) => Uint8Array.of(mark, 1, 2, 3);

describe('datagram socket', function () {
  this.timeout(60_000);
  let hosts: TwoHosts;
  let va: { index: number; name: string };
  let vb: { index: number; name: string };
  const open: DatagramSocket[] = [];

  before(function () {
    requireRoot(this);
    hosts = openTwoHosts('datagram');
    const indexOf = (name: string) => {
      const rtnetlink = openRtnetlink();
      const { index } = rtnetlink.link({ name })!;
      rtnetlink.close();
      return { index, name };
    };
    va = hosts.inA(() => indexOf('va'));
    vb = hosts.inB(() => indexOf('vb'));
    for (const [on, name, last] of [
      [hosts.onA, 'va', 1],
      [hosts.onB, 'vb', 2],
    ] as const) {
      on('address', 'add', `10.9.1.${last}/24`, 'dev', name);
      on('address', 'add', `10.9.1.${last}0/24`, 'dev', name);
      on('address', 'add', `fe80::${last}/64`, 'dev', name, 'nodad');
    }
  });
  afterEach(() => {
    for (const socket of open.splice(0)) socket.close();
  });
  after(() => hosts?.close());

  const kept = (socket: DatagramSocket) => {
    open.push(socket);
    return socket;
  };
  const onA = (o: Parameters<typeof openDatagramSocket>[0]) => kept(hosts.inA(() => openDatagramSocket(o)));
  const onB = (o: Parameters<typeof openDatagramSocket>[0]) => kept(hosts.inB(() => openDatagramSocket(o)));
  const next = (socket: DatagramSocket) => eventually('a datagram', () => socket.receive());
  const linkLocal = (last: number) => Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last);

  for (const { family, ofA, ofB } of [
    { family: 4, ofA: Uint8Array.of(10, 9, 1, 1), ofB: Uint8Array.of(10, 9, 1, 2) },
    { family: 6, ofA: linkLocal(1), ofB: linkLocal(2) },
  ] as const) {
    it(`of IPv${family} says who sent, from where, by which NIC, with which hop limit and when`, async () => {
      const listener = onB({ family, port });
      const sender = onA({ family, port: 49_999, interface: va, remote: { address: ofB, port } });
      await eventually('a datagram that came when it was sent, not when it was read', async () => {
        const before = monotonicMicros();
        assert.equal(sender.send(payload(7)), 0);
        const after = monotonicMicros();
        await eventually('time to pass', () => monotonicMicros() > after + 20_000);
        const { payload: got, source, hopLimit, interfaceIndex, at } = await next(listener);
        assert.deepEqual([...got], [...payload(7)]);
        assert.deepEqual([...source.address], [...ofA]);
        assert.equal(source.port, 49_999);
        assert.equal(hopLimit, 255);
        assert.equal(interfaceIndex, vb.index);
        assert.ok(at >= before - 100, `it came ${before - at} us before it was sent`);
        // Linux begins to stamp some time after the first socket asks (net_enable_timestamp, net/core/dev.c): a work queue does it.
        return at < after + 15_000;
      });
    });

    it(`of IPv${family} is given only what its neighbour sends, from whatever port`, async () => {
      const listener = onB({ family, port });
      const ofNeighbor = onB({ family, port, interface: vb, remote: { address: ofA, port: 0 } });
      for (const [n, from] of [49_152, 60_000].entries()) {
        assert.equal(onA({ family, port: from, interface: va, remote: { address: ofB, port } }).send(payload(n)), 0);
        const { payload: got, source } = await next(ofNeighbor);
        assert.equal(got[0], n);
        assert.equal(source.port, from);
      }
      const other = family === 4 ? Uint8Array.of(10, 9, 1, 10) : undefined;
      if (other === undefined) return;
      onA({ family, address: other, port: 49_153, interface: va, remote: { address: ofB, port } }).send(payload(9));
      assert.equal((await next(listener)).payload[0], 9);
      assert.equal(ofNeighbor.receive(), undefined);
    });

    it(`of IPv${family} never sees what comes from beyond the link`, async () => {
      const listener = onB({ family, port });
      const sender = onA({ family, port: 49_152, interface: va, remote: { address: ofB, port } });
      const [level, option] = family === 4 ? [0, 2] : [41, 16];
      setsockoptInt(sender.fd, level, option, 254);
      sender.send(payload(1));
      setsockoptInt(sender.fd, level, option, 255);
      sender.send(payload(2));
      assert.equal((await next(listener)).payload[0], 2);
      assert.equal(listener.receive(), undefined);
      assert.equal(listener.drops(), 1);
    });

    it(`of IPv${family} takes as much as is left on the way of many hops, and no less`, async () => {
      const listener = onB({ family, port, leastHopLimit: 60 });
      const sender = onA({ family, port: 49_152, interface: va, remote: { address: ofB, port } });
      const [level, option] = family === 4 ? [0, 2] : [41, 16];
      for (const [mark, left] of [
        [1, 59],
        [2, 60],
        [3, 255],
      ] as const) {
        setsockoptInt(sender.fd, level, option, left);
        sender.send(payload(mark));
      }
      const { payload: got, hopLimit } = await next(listener);
      assert.deepEqual([got[0], hopLimit], [2, 60]);
      assert.equal((await next(listener)).payload[0], 3);
      assert.equal(listener.drops(), 1);
    });

    it(`of IPv${family} drops a flood when its buffer is full, and goes on`, async () => {
      const listener = onB({ family, port });
      const sender = onA({ family, port: 49_152, interface: va, remote: { address: ofB, port } });
      for (let n = 0; n < 5_000; n++) sender.send(payload(1));
      await eventually('a full buffer', () => listener.drops() > 0);
      let read = 0;
      while (listener.receive() !== undefined) read++;
      assert.ok(read < 300, `${read} datagrams were kept`);
      sender.send(payload(3));
      assert.equal((await next(listener)).payload[0], 3);
    });
  }

  it('says which address the kernel chose', () => {
    const sender = onA({ family: 4, port: 49_152, remote: { address: Uint8Array.of(10, 9, 1, 2), port } });
    assert.deepEqual(sender.local, { address: Uint8Array.of(10, 9, 1, 1), port: 49_152, scope: 0 });
  });

  it('reports what a neighbour without a socket answers, and sends again', async () => {
    const sender = onA({ family: 4, port: 49_152, remote: { address: Uint8Array.of(10, 9, 1, 2), port: 4711 } });
    sender.send(payload(1));
    await eventually('the ICMP message', () => sender.send(payload(1)) < 0);
    assert.equal(sender.receive(), undefined);
    assert.equal(sender.send(payload(1)), 0);
  });

  it('names an address that the host does not have', () => {
    const address = Uint8Array.of(10, 9, 1, 77);
    assert.throws(
      () => onA({ family: 4, port, address }),
      (error) => error instanceof LinuxError && error.code === 'EADDRNOTAVAIL' && /UDP port 3784/.test(error.message),
    );
  });
});
