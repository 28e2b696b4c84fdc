import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createEngine, type Engine } from '../../src/agent/engine/engine.js';
import type { Kernel } from '../../src/agent/engine/kernel.js';
import { ipToBytes, parseIp } from '../../src/core/ip/address.js';
import { monotonicMicros, utcMicros } from '../../src/platform/linux/clock.js';
import { openDatagramSocket } from '../../src/platform/linux/datagram-socket.js';
import { openIpv6Groups } from '../../src/platform/linux/ipv6-groups.js';
import { joinVrrpGroup } from '../../src/platform/linux/multicast-membership.js';
import { openPacketSocket } from '../../src/platform/linux/packet-socket.js';
import { openPoller } from '../../src/platform/linux/poller.js';
import { openRtnetlink } from '../../src/platform/linux/rtnetlink.js';
import { openRtnetlinkEvents } from '../../src/platform/linux/rtnetlink-events.js';
import { groupOf } from '../unit/agent/engine/lan.js';
import { openTwoHosts, requireRoot, type TwoHosts } from './two-hosts.js';

const bytes = (text: string) => ipToBytes(parseIp(text)!);

describe('the engine opens on a NIC', function () {
  this.timeout(60_000);
  let hosts: TwoHosts;
  let engine: Engine;
  const poller = openPoller();

  before(function () {
    requireRoot(this);
    hosts = openTwoHosts('sockets');
    hosts.onA('address', 'add', '192.0.2.1/24', 'dev', 'va');
    engine = hosts.inA(() => {
      const kernel: Kernel = {
        now: monotonicMicros,
        utc: utcMicros,
        poller,
        openPacketSocket,
        openDatagramSocket,
        discard: (socket) => socket.close(),
        joinVrrpGroup,
        openIpv6Groups,
        rtnetlink: openRtnetlink(),
        virtualMacs: { create: () => assert.fail('no group has a virtual MAC'), restore() {} },
        forwards: () => false,
        events: openRtnetlinkEvents(),
      };
      return createEngine(kernel, () => {});
    });
  });
  after(() => {
    if (engine !== undefined) {
      engine.configure([], ['nic', 'responder']);
      runUntil(() => engine.report().members.length === 0);
    }
    poller.close();
    hosts?.close();
  });

  const group = (name: 'nic' | 'responder', virtualRouterId: number, addresses: readonly string[]) =>
    groupOf([1], 1, {
      name,
      answer: name,
      interface: { name: 'va' },
      virtualRouterId,
      addresses: addresses.map(bytes),
    });

  function runUntil(condition: () => boolean): void {
    const end = monotonicMicros() + 30_000_000;
    while (!condition()) {
      assert.ok(monotonicMicros() < end, 'it takes too long');
      hosts.inA(() => {
        poller.wait(engine.deadline() - monotonicMicros());
        engine.turn();
      });
    }
  }

  /** How many packet sockets there are on host A's NIC, as the kernel lists them. */
  function packetSockets(): number {
    const [, index] = /^(\d+): va/m.exec(hosts.onA('-o', 'link'))!;
    const listed = execFileSync('ip', ['netns', 'exec', hosts.a, 'cat', '/proc/net/packet'], { encoding: 'utf8' });
    return listed.split('\n').filter((line) => line.trim().split(/\s+/)[4] === index).length;
  }

  it('two packet sockets, one for adverts and one for ARP and neighbour discovery, however it answers for addresses', () => {
    engine.configure([group('nic', 1, ['192.0.2.100'])], []);
    runUntil(() => engine.report().members[0]?.held.length === 1);
    assert.equal(packetSockets(), 2);
    engine.configure([group('responder', 2, ['192.0.2.101'])], []);
    runUntil(() => engine.report().members.every(({ held }) => held.length > 0));
    assert.equal(packetSockets(), 2);
  });

  it('and closes that for ARP when nobody leads there any more, but not before', () => {
    engine.configure([], ['nic']);
    runUntil(() => engine.report().members.length === 1);
    assert.equal(packetSockets(), 2);
    engine.configure([], ['responder']);
    runUntil(() => engine.report().members.length === 0);
    assert.equal(packetSockets(), 0);
  });
});
