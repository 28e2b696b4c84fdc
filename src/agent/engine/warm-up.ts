/**
 * Warms the engine up: it takes over a few times before the first real takeover.
 *
 * JavaScript that never ran is slow: the first takeover of a process took 3.4 ms from the deadline to the gratuitous ARP, later ones 1.2;
 * after a warm-up it is 2.2. So the engine's own code goes through some on a simulated kernel: nothing leaves this thread, and
 * time is a number.
 */
import type { Micros } from '../../core/time.js';
import { encodeAdvertFrame } from '../../core/wire/vrrp-frame.js';
import { openRtnetlink } from '../../platform/linux/rtnetlink.js';
import { createEngine } from './engine.js';
import type { Kernel } from './kernel.js';
import type { GroupConfig } from './messages.js';

const takeovers = 40;
const interval: Micros = 10_000;
const interfaceIndex = 2;
const [ours, peers, virtual] = [11, 12, 100].map((host) => Uint8Array.of(192, 0, 2, host)) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
];
const mac = Uint8Array.of(2, 0, 0, 0, 0, 1);

/** Takes over some dozens of times, in 10 to 20 ms, and returns how often. */
export function warmUp(): number {
  let now: Micros = 0;
  let ledTimes = 0;
  const simulated = simulatedKernel(() => now);
  const engine = createEngine(simulated.kernel, (event) => {
    if (event.type === 'member' && event.state === 'Active' && event.held.length > 0) ledTimes++;
  });
  const runUntil = (end: Micros) => {
    for (let due = engine.deadline(); due <= end; due = engine.deadline()) {
      now = Math.max(now, due) + 1;
      engine.turn();
    }
    now = end;
  };
  engine.configure([group], []);
  for (let n = 0; n < takeovers; n++) {
    for (let heard = 0; heard < 3; heard++) {
      simulated.deliver(leadersAdvert);
      engine.turn();
      runUntil(now + interval);
    }
    runUntil(now + 5 * interval); // silence: the takeover
  }
  return ledTimes;
}

const group: GroupConfig = {
  name: 'warm-up',
  answer: 'nic',
  interface: { name: 'eth0' },
  family: 4,
  version: 3,
  virtualRouterId: 1,
  formerIds: [],
  priority: 234,
  bestPeer: 254,
  worstPeer: 254,
  advertisementInterval: interval,
  preempt: false,
  preemptDelay: 0,
  yields: false,
  virtualMac: false,
  checksum: 'message',
  transport: 'multicast',
  addresses: [virtual],
  source: ours,
  peers: [peers],
  peerPriorities: [254],
  absentUpTo: 0,
};

const leadersAdvert = encodeAdvertFrame({
  advert: { version: 3, family: 4, virtualRouterId: 1, priority: 254, interval, addresses: [virtual] },
  sourceMac: Uint8Array.of(2, 0, 0, 0, 0, 2),
  destinationMac: Uint8Array.of(1, 0, 0x5e, 0, 0, 18),
  source: peers,
  destination: Uint8Array.of(224, 0, 0, 18),
  checksum: 'message',
});

const deafDatagramSocket: Kernel['openDatagramSocket'] = ({ family, port }) => ({
  fd: -1,
  local: { address: new Uint8Array(family === 4 ? 4 : 16), port, scope: 0 },
  receive: () => undefined,
  send: () => 0,
  sendTo: () => 0,
  drops: () => 0,
  close() {},
});

/** One NIC with one address, and a LAN on which only what is delivered is heard. */
function simulatedKernel(now: () => Micros): { readonly kernel: Kernel; deliver(frame: Uint8Array): void } {
  const listeners = new Map<number, () => void>();
  const advertQueues = new Map<number, Uint8Array[]>();
  let descriptors = 0;
  /** Encodes what a takeover asks of the kernel, and asks nobody. */
  const { putAddresses } = openRtnetlink({
    execute() {},
    query: () => ({ errno: 0 }),
    dump: () => ({ messages: [], whole: true }),
    close() {},
  });
  const kernel: Kernel = {
    now,
    utc: now,
    poller: {
      add: (fd, onReady) => void listeners.set(fd, onReady),
      remove: (fd) => void listeners.delete(fd),
    },
    openPacketSocket({ filter }) {
      const fd = ++descriptors;
      const waiting: Uint8Array[] = [];
      if (filter === 'vrrp') advertQueues.set(fd, waiting);
      return {
        fd,
        receive(buffer) {
          const frame = waiting.shift();
          if (frame === undefined) return 0;
          buffer.set(frame);
          return frame.length;
        },
        send: () => 0,
        join() {},
        leave() {},
        down: () => false,
        isBound: () => true,
        drops: () => 0,
        close: () => void advertQueues.delete(fd),
      };
    },
    openDatagramSocket: deafDatagramSocket,
    discard: (socket) => socket.close(),
    joinVrrpGroup: () => ({ close() {} }),
    openIpv6Groups: () => ({ join() {}, leave() {}, close() {} }),
    rtnetlink: {
      links: () => [{ index: interfaceIndex, name: 'eth0', up: true, running: true, mac, mtu: 1500, loopback: false }],
      link: () => undefined,
      addresses: () => [
        {
          interfaceIndex,
          address: ours,
          prefixLength: 24,
          scope: 0,
          flags: 0x80,
          ours: false,
          lifetimeSeconds: Number.POSITIVE_INFINITY,
        },
      ],
      routeTo: () => undefined,
      neighborMac: () => undefined,
      useNeighbor() {},
      putAddresses,
      renewAddresses: () => 0,
      removeAddresses: (list) => list.map(() => undefined),
      removeLink() {},
    },
    forwards: () => false,
    virtualMacs: {
      create: ({ name }) => ({ interfaceIndex, name, unset: [], raise() {}, silence() {} }),
      restore() {},
    },
    events: { fd: 0, read: () => ({ events: [], routes: false, overrun: false, more: false }) },
  };
  return {
    kernel,
    deliver(frame) {
      for (const [fd, waiting] of advertQueues) {
        waiting.push(frame.slice());
        listeners.get(fd)?.();
      }
    },
  };
}
