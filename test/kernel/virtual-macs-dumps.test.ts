import assert from 'node:assert/strict';
import { createEngine, type Engine } from '../../src/agent/engine/engine.js';
import type { EngineEvent, GroupConfig } from '../../src/agent/engine/messages.js';
import { ipToBytes, parseIp } from '../../src/core/ip/address.js';
import { monotonicMicros, utcMicros } from '../../src/platform/linux/clock.js';
import { openDatagramSocket } from '../../src/platform/linux/datagram-socket.js';
import { openIpv6Groups } from '../../src/platform/linux/ipv6-groups.js';
import { createVirtualMacInterface } from '../../src/platform/linux/macvlan.js';
import { joinVrrpGroup } from '../../src/platform/linux/multicast-membership.js';
import { type NetlinkSocket, openNetlinkSocket } from '../../src/platform/linux/netlink-socket.js';
import { openPacketSocket } from '../../src/platform/linux/packet-socket.js';
import { openPoller } from '../../src/platform/linux/poller.js';
import { openRtnetlink, type Rtnetlink } from '../../src/platform/linux/rtnetlink.js';
import { openRtnetlinkEvents } from '../../src/platform/linux/rtnetlink-events.js';
import { openSysctls } from '../../src/platform/linux/sysctl.js';
import { groupOf } from '../unit/agent/engine/lan.js';
import { openTwoHosts, requireRoot, type TwoHosts } from './two-hosts.js';

const groupCount = 8;
/** A list of everything takes milliseconds on a node with hundreds of interfaces: one at most, after a loss of events. */
const dumpsAllowed = 1;

describe('handing over eight groups with virtual MACs', function () {
  this.timeout(60_000);
  let hosts: TwoHosts;
  let sides: readonly [StartedSide, StartedSide];

  before(function () {
    requireRoot(this);
    hosts = openTwoHosts('vmacdumps');
    hosts.onA('address', 'add', '192.0.2.1/24', 'dev', 'va');
    hosts.onB('address', 'add', '192.0.2.2/24', 'dev', 'vb');
    sides = [startSide(hosts.inA, 'va'), startSide(hosts.inB, 'vb')];
  });
  after(() => {
    for (const { engine } of sides ?? []) engine.configure([], names);
    if (sides !== undefined) runUntil(sides, () => sides.every(({ engine }) => engine.report().members.length === 0));
    for (const { close } of sides ?? []) close();
    hosts?.close();
  });

  it('asks for no more than one list of what the node has, also when nobody had the time to remove former interfaces', () => {
    sides[0].prefer(0, 0, false);
    runUntil(sides, () => leadsAll(sides[0]));
    sides[1].prefer(0, 1, false);
    runUntil(sides, () => standsByForAll(sides[1]));
    for (const leader of [1, 0, 1, 0]) {
      const before = sides.map(({ dumps }) => dumps());
      for (const yields of [false, true]) for (const side of sides) side.prefer(leader, sides.indexOf(side), yields);
      const [next, former] = [sides[leader]!, sides[1 - leader]!];
      runUntil(sides, () => leadsAll(next) && standsByForAll(former) && former.spent() >= groupCount);
      for (const [index, { dumps }] of sides.entries()) {
        const asked = dumps() - before[index]!;
        assert.ok(asked <= dumpsAllowed, `host ${index} asked for ${asked} lists as host ${leader} took over`);
      }
      former.forgetSpent();
    }
  });
});

interface Side {
  readonly engine: Engine;
  turn(): void;
  /** How many lists its engine has asked the kernel for. */
  dumps(): number;
  prefer(leader: number, self: number, yields: boolean): void;
  /** How many interfaces somebody is to remove. Nobody does. */
  spent(): number;
  forgetSpent(): void;
}

interface StartedSide extends Side {
  close(): void;
}

const names = Array.from({ length: groupCount }, (_, index) => `group-${index}`);

function startSide(on: TwoHosts['inA'], nic: string): StartedSide {
  const poller = openPoller();
  const events: EngineEvent[] = [];
  let dumps = 0;
  let rtnetlink: Rtnetlink | undefined;
  const engine = on(() => {
    const socket = openNetlinkSocket();
    const counting: NetlinkSocket = {
      ...socket,
      dump(message) {
        dumps++;
        return socket.dump(message);
      },
    };
    const sysctls = openSysctls();
    const opened = openRtnetlink(counting);
    rtnetlink = opened;
    return createEngine(
      {
        now: monotonicMicros,
        utc: utcMicros,
        poller,
        openPacketSocket,
        openDatagramSocket,
        discard: (used) => used.close(),
        joinVrrpGroup,
        openIpv6Groups,
        rtnetlink: opened,
        virtualMacs: {
          create: (o) => createVirtualMacInterface({ rtnetlink: opened, sysctls }, o),
          restore: sysctls.restore,
        },
        forwards: () => false,
        events: openRtnetlinkEvents(),
      },
      (event) => events.push(event),
    );
  });
  return {
    engine,
    turn() {
      on(() => {
        poller.wait(Math.min(engine.deadline() - monotonicMicros(), 1_000));
        engine.turn();
      });
    },
    dumps: () => dumps,
    prefer(leader, self, yields) {
      const groups = names.map((name, index) => groupFor(name, index, nic, { leader, self, yields }));
      on(() => engine.configure(groups, []));
    },
    spent: () => events.filter(({ type }) => type === 'spent-interface').length,
    forgetSpent: () => void events.splice(0),
    close() {
      rtnetlink?.close();
      poller.close();
    },
  };
}

function groupFor(
  name: string,
  index: number,
  nic: string,
  { leader, self, yields }: { readonly leader: number; readonly self: number; readonly yields: boolean },
): GroupConfig {
  const [ours, peers] = self === leader ? [254, 234] : [234, 254];
  return groupOf([self + 1, 2 - self], self + 1, {
    name,
    interface: { name: nic },
    virtualRouterId: 51 + index,
    advertisementInterval: 100_000,
    addresses: [ipToBytes(parseIp(`192.0.2.${100 + index}`)!)],
    virtualMac: true,
    priority: ours,
    bestPeer: peers,
    worstPeer: peers,
    yields,
  });
}

const leadsAll = ({ engine }: Side) =>
  engine.report().members.filter(({ state, held }) => state === 'Active' && held.length === 1).length === groupCount;
const standsByForAll = ({ engine }: Side) =>
  engine.report().members.filter(({ state }) => state === 'Backup').length === groupCount;

function runUntil(sides: readonly Side[], condition: () => boolean): void {
  const end = monotonicMicros() + 20_000_000;
  while (!condition()) {
    assert.ok(monotonicMicros() < end, 'it takes too long');
    for (const side of sides) side.turn();
  }
}
