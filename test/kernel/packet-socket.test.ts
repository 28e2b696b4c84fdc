import assert from 'node:assert/strict';
import { monotonicMicros } from '../../src/platform/linux/clock.js';
import { errnoOf } from '../../src/platform/linux/errno.js';
import type { PacketFilter } from '../../src/platform/linux/packet-filter.js';
import { packetFilterProgram } from '../../src/platform/linux/packet-filter.js';
import { openPacketSocket, type PacketSocket } from '../../src/platform/linux/packet-socket.js';
import { openPoller } from '../../src/platform/linux/poller.js';
import { openRtnetlink } from '../../src/platform/linux/rtnetlink.js';
import { attachFilter } from '../../src/platform/linux/sys.js';
import { eventually } from '../lab/eventually.js';
import { openTwoHosts, requireRoot, type TwoHosts } from './two-hosts.js';

const group = Uint8Array.of(0x01, 0x00, 0x5e, 0x00, 0x00, 0x12);

/** A 60-byte frame to the VRRP group from a made-up station: an EtherType, and single bytes at offsets. */
function frameOf(etherType: number, bytes: Readonly<Record<number, number>> = {}, mark = 0): Uint8Array {
  const frame = new Uint8Array(60);
  frame.set(group, 0);
  frame.set([0x02, 0, 0, 0, 0, 0x99], 6);
  frame.set([etherType >> 8, etherType & 255], 12);
  for (const [offset, value] of Object.entries(bytes)) frame[Number(offset)] = value;
  frame[59] = mark;
  return frame;
}

/** The same frame with an 802.1Q tag in front of its EtherType. */
function tagged(frame: Uint8Array, vlan: number): Uint8Array {
  const result = new Uint8Array(frame.length + 4);
  result.set(frame.subarray(0, 12), 0);
  result.set([0x81, 0x00, vlan >> 8, vlan & 255], 12);
  result.set(frame.subarray(12), 16);
  return result;
}

const frames = {
  'VRRP over IPv4': frameOf(0x0800, { 14: 0x45, 23: 112 }),
  'VRRP over IPv6': frameOf(0x86dd, { 14: 0x60, 20: 112 }),
  ARP: frameOf(0x0806),
  'a Neighbor Solicitation': frameOf(0x86dd, { 14: 0x60, 20: 58, 54: 135 }),
  'a Neighbor Advertisement': frameOf(0x86dd, { 14: 0x60, 20: 58, 54: 136 }),
  'UDP over IPv4': frameOf(0x0800, { 14: 0x45, 23: 17 }),
  'TCP over IPv6': frameOf(0x86dd, { 14: 0x60, 20: 6 }),
  'a Router Advertisement': frameOf(0x86dd, { 14: 0x60, 20: 58, 54: 134 }),
  'an echo request over IPv6': frameOf(0x86dd, { 14: 0x60, 20: 58, 54: 128 }),
  LLDP: frameOf(0x88cc),
} as const;

const vrrp = ['VRRP over IPv4', 'VRRP over IPv6'];
const neighbor = ['ARP', 'a Neighbor Solicitation', 'a Neighbor Advertisement'];
const taken: Readonly<Record<PacketFilter, readonly string[]>> = {
  vrrp,
  neighbor,
  'vrrp+neighbor': [...vrrp, ...neighbor],
};

describe('packet socket', function () {
  this.timeout(60_000);
  let hosts: TwoHosts;
  let a: number;
  let b: number;
  const open: PacketSocket[] = [];
  const buffer = new Uint8Array(2048);

  before(function () {
    requireRoot(this);
    hosts = openTwoHosts('packet');
    // The hosts stay silent, so that every frame seen is one the test sent.
    for (const [on, name] of [
      [hosts.onA, 'va'],
      [hosts.onB, 'vb'],
    ] as const)
      on('link', 'set', name, 'addrgenmode', 'none');
    hosts.onA('address', 'flush', 'dev', 'va');
    hosts.onB('address', 'flush', 'dev', 'vb');
    a = hosts.inA(() => indexOf('va'));
    b = hosts.inB(() => indexOf('vb'));
  });
  afterEach(() => {
    for (const socket of open.splice(0)) socket.close();
  });
  after(() => hosts?.close());

  function indexOf(name: string): number {
    const rtnetlink = openRtnetlink();
    const link = rtnetlink.links().find((each) => each.name === name);
    rtnetlink.close();
    return link!.index;
  }

  function openOn(host: 'a' | 'b', filter: PacketFilter, multicast: readonly Uint8Array[] = []): PacketSocket {
    const make = () => openPacketSocket({ interfaceIndex: host === 'a' ? a : b, filter, multicast });
    const socket = host === 'a' ? hosts.inA(make) : hosts.inB(make);
    open.push(socket);
    return socket;
  }

  /** Sends from b; a veth delivers before send() returns, give or take a softirq. */
  function send(socket: PacketSocket, frame: Uint8Array): void {
    assert.equal(socket.send(frame, frame.length), 0);
  }

  const marker = frameOf(0x0800, { 14: 0x45, 23: 112 }, 0xee);
  const arpMarker = frameOf(0x0806, {}, 0xee);

  /** Every frame up to, and without, the marker, which the caller sent last. */
  async function receivedBeforeMarker(socket: PacketSocket): Promise<Uint8Array[]> {
    const received: Uint8Array[] = [];
    await eventually('the marker', () => {
      for (let length = socket.receive(buffer); length > 0; length = socket.receive(buffer)) {
        const frame = buffer.slice(0, length);
        if (frame[59] === 0xee) return true;
        if (frame[11] === 0x99) received.push(frame);
      }
      return false;
    });
    return received;
  }

  for (const filter of ['vrrp', 'neighbor', 'vrrp+neighbor'] as const) {
    it(`with filter ${filter} takes ${taken[filter].join(', ')} and nothing else`, async () => {
      const receiver = openOn('a', filter);
      const sender = openOn('b', 'vrrp');
      for (const frame of Object.values(frames)) send(sender, frame);
      send(sender, filter === 'neighbor' ? arpMarker : marker);
      const expected = Object.entries(frames).filter(([name]) => taken[filter].includes(name));
      assert.deepEqual(
        await receivedBeforeMarker(receiver),
        expected.map(([, frame]) => frame),
      );
    });
  }

  it('ignores frames of a VLAN on its wire, and takes those that are only tagged with a priority', async () => {
    const receiver = openOn('a', 'vrrp');
    const sender = openOn('b', 'vrrp');
    const advert = frames['VRRP over IPv4'];
    send(sender, tagged(advert, 7));
    send(sender, tagged(advert, 0xe000 | 4000));
    send(sender, tagged(advert, 0xe000));
    send(sender, marker);
    assert.deepEqual(await receivedBeforeMarker(receiver), [advert]);
  });

  it('does not see what its own host sends', async () => {
    const receiver = openOn('a', 'vrrp');
    const sameHost = openOn('a', 'vrrp');
    const peer = openOn('b', 'vrrp');
    send(sameHost, frames['VRRP over IPv4']);
    send(peer, marker);
    assert.deepEqual(await receivedBeforeMarker(receiver), []);
  });

  it('cuts a frame that is longer than the buffer instead of writing past it', async () => {
    const receiver = openOn('a', 'vrrp');
    const sender = openOn('b', 'vrrp');
    send(sender, frames['VRRP over IPv4']);
    const small = new Uint8Array(80).fill(0xa5);
    const length = await eventually('a frame', () => receiver.receive(small.subarray(8, 28)) || undefined);
    assert.equal(length, 20);
    assert.deepEqual([...small.subarray(0, 8), ...small.subarray(28)], new Array(60).fill(0xa5));
  });

  it('keeps its filter: nobody with the descriptor can widen it', () => {
    const socket = openOn('a', 'vrrp');
    assert.equal(attachFilter(socket.fd, packetFilterProgram('neighbor')), -errnoOf('EPERM'));
  });

  it('tells the NIC which addresses to let through, for as long as it is open', () => {
    const virtualMac = Uint8Array.of(0x00, 0x00, 0x5e, 0x00, 0x01, 0x33);
    const six = Uint8Array.of(0x33, 0x33, 0x00, 0x00, 0x00, 0x12);
    const addresses = () => hosts.onA('maddress', 'show', 'dev', 'va');
    const socket = openOn('a', 'vrrp', [group]);
    assert.match(addresses(), /link {2}01:00:5e:00:00:12/);
    socket.join(six);
    socket.join(virtualMac);
    assert.match(addresses(), /33:33:00:00:00:12/);
    socket.leave(six);
    assert.doesNotMatch(addresses(), /33:33:00:00:00:12/);
    open.splice(0);
    socket.close();
    assert.doesNotMatch(addresses(), /01:00:5e:00:00:12/);
  });

  it('refuses an interface that does not exist, naming it', () => {
    assert.throws(() => hosts.inA(() => openPacketSocket({ interfaceIndex: 4711, filter: 'vrrp', multicast: [] })), {
      name: 'LinuxError',
      code: 'ENODEV',
      message: /packet socket on interface 4711: ENODEV/,
    });
  });

  it('counts the frames it lost while nobody read', async () => {
    const receiver = openOn('a', 'vrrp');
    const sender = openOn('b', 'vrrp');
    const sent = 20_000;
    for (let n = 0; n < sent; n++) send(sender, frames['VRRP over IPv4']);
    let received = 0;
    await eventually('every frame accounted for', () => {
      while (receiver.receive(buffer) > 0) received++;
      return received + receiver.drops() === sent;
    });
    assert.ok(receiver.drops() > 0 && received > 800, `${received} received, ${receiver.drops()} lost`);
    assert.equal(receiver.drops(), sent - received, 'asking again does not forget');
  });

  it('works again after each of three times the interface went down, and never makes the poller spin', async () => {
    const receiver = openOn('a', 'vrrp', [group]);
    const sender = openOn('b', 'vrrp');
    const poller = openPoller();
    let calls = 0;
    let received = 0;
    poller.add(receiver.fd, () => {
      calls++;
      while (receiver.receive(buffer) > 0) received++;
    });
    for (let cycle = 1; cycle <= 3; cycle++) {
      calls = 0;
      hosts.onA('link', 'set', 'va', 'down');
      assert.ok(turnsOf(() => poller.wait(20_000), 200_000) <= 15, 'the poller sleeps while the interface is down');
      assert.ok(calls <= 2, `${calls} calls while the interface was down`);
      assert.equal(receiver.down(), true);
      assert.equal(receiver.send(marker, marker.length), -errnoOf('ENETDOWN'));
      hosts.onA('link', 'set', 'va', 'up');
      received = 0;
      await eventually('a frame after the interface came back', () => {
        sender.send(marker, marker.length);
        poller.wait(10_000);
        return received > 0;
      });
      assert.equal(receiver.down(), false);
      assert.match(hosts.onA('maddress', 'show', 'dev', 'va'), /01:00:5e:00:00:12/, 'the membership survives');
    }
    poller.close();
  });

  it('survives the deletion of its interface without spinning, and says so to who sends', () => {
    hosts.onA('link', 'add', 'da', 'type', 'veth', 'peer', 'name', 'db');
    hosts.onA('link', 'set', 'da', 'up');
    const socket = hosts.inA(() =>
      openPacketSocket({ interfaceIndex: indexOf('da'), filter: 'vrrp', multicast: [group] }),
    );
    open.push(socket);
    const poller = openPoller();
    let calls = 0;
    poller.add(socket.fd, () => {
      calls++;
      while (socket.receive(buffer) > 0);
    });
    hosts.onA('link', 'del', 'da');
    assert.ok(turnsOf(() => poller.wait(20_000), 200_000) <= 15, 'the poller sleeps');
    assert.ok(calls >= 1 && calls <= 2, `${calls} calls`);
    assert.equal(socket.down(), true);
    assert.equal(socket.send(marker, marker.length), -errnoOf('ENXIO'));
    socket.leave(group); // of what is gone: harmless
    poller.close();
  });

  it('is bound to its interface, but not to another that gets its index', () => {
    const make = () => hosts.onA('link', 'add', 'da', 'index', '4242', 'type', 'veth', 'peer', 'name', 'db');
    const open4242 = () => openPacketSocket({ interfaceIndex: 4242, filter: 'vrrp', multicast: [group] });
    make();
    hosts.onA('link', 'set', 'da', 'up');
    const socket = hosts.inA(open4242);
    open.push(socket);
    assert.equal(socket.isBound(), true);
    hosts.onA('link', 'set', 'da', 'down');
    assert.equal(socket.isBound(), true, 'down is not gone');
    hosts.onA('link', 'del', 'da');
    make();
    hosts.onA('link', 'set', 'da', 'up');
    assert.equal(socket.isBound(), false);
    assert.equal(socket.send(marker, marker.length), -errnoOf('ENXIO'));
    const anew = hosts.inA(open4242);
    open.push(anew);
    assert.equal(anew.isBound(), true);
    hosts.onA('link', 'del', 'da');
  });

  it('is not bound any more when its interface moves to another namespace', () => {
    hosts.onA('link', 'add', 'da', 'type', 'veth', 'peer', 'name', 'db');
    const socket = hosts.inA(() =>
      openPacketSocket({ interfaceIndex: indexOf('da'), filter: 'vrrp', multicast: [group] }),
    );
    open.push(socket);
    hosts.onA('link', 'set', 'da', 'netns', hosts.b);
    assert.equal(socket.isBound(), false);
    hosts.onA('link', 'del', 'db');
  });
});

/** How often `wait` returned within `duration` microseconds. */
function turnsOf(wait: () => void, duration: number): number {
  const until = monotonicMicros() + duration;
  let turns = 0;
  while (monotonicMicros() < until) {
    wait();
    turns++;
  }
  return turns;
}
