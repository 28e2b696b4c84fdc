/**
 * Warms the engine up: it takes over a few times before the first real takeover.
 *
 * JavaScript that never ran is slow: the first takeover of a process took 3.4 ms from the deadline to the gratuitous ARP, later ones 1.2;
 * after a warm-up it is 2.2. So the engine's own code goes through some on a simulated kernel: nothing leaves this thread, and
 * time is a number.
 */
import type { Micros } from '../../core/time.js';
import { encodeAdvertFrame } from '../../core/wire/vrrp-frame.js';
import { createEngine } from './engine.js';
import type { GroupConfig } from './messages.js';
import { simulatedKernel } from './warm-up/simulated-kernel.js';

/** With machine code made at once, more make no takeover faster, and the start slower. */
const takeovers = 4;
const interval: Micros = 50_000;
const [ours, peers] = [11, 12].map(hostAddress) as [Uint8Array, Uint8Array];
/** Of each group; together so many that some are answered for by routes first (answering/leases/early.ts). */
const addresses = 160;

/**
 * Takes over some times from a leader that stops answering, in 25 to 40 ms, and returns how often: with all addresses, and because it was
 * asked.
 */
export function warmUp(): number {
  let now: Micros = 0;
  let ledTimes = 0;
  const simulated = simulatedKernel(() => now, { ours, peers });
  const engine = createEngine(simulated.kernel, (event) => {
    if (event.type !== 'member' || event.state !== 'Active' || event.reason !== 'peer-lost') return;
    if (event.group === groups.at(-1)!.name && event.held.length === addresses) ledTimes++;
  });
  const runUntil = (end: Micros) => {
    for (let due = engine.deadline(); due <= end; due = engine.deadline()) {
      now = Math.max(now, due) + 1;
      engine.turn();
    }
    now = end;
  };
  engine.configure(groups, []);
  for (let n = 0; n < takeovers; n++) {
    simulated.leaderAnswers = true;
    for (let heard = 0; heard < 3; heard++) {
      for (const advert of leadersAdverts) simulated.deliver(advert);
      engine.turn();
      runUntil(now + interval);
    }
    simulated.leaderAnswers = false;
    runUntil(now + 5 * interval); // silence: the takeover
  }
  return ledTimes;
}

const groups = [1, 2].map(
  (virtualRouterId): GroupConfig => ({
    name: `warm-up-${virtualRouterId}`,
    answer: 'nic',
    interface: { name: 'eth0' },
    family: 4,
    version: 3,
    virtualRouterId,
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
    addresses: Array.from({ length: addresses }, (_, index) => Uint8Array.of(198, 51, virtualRouterId, index)),
    source: ours,
    peers: [peers],
    peerPriorities: [254],
    absentUpTo: 0,
    fastDetection: { interval: 10_000, multiplier: 3 },
  }),
);

const leadersAdverts = groups.map((group) =>
  encodeAdvertFrame({
    advert: { ...group, priority: 254, interval },
    sourceMac: Uint8Array.of(2, 0, 0, 0, 0, 2),
    destinationMac: Uint8Array.of(1, 0, 0x5e, 0, 0, 18),
    source: peers,
    destination: Uint8Array.of(224, 0, 0, 18),
    checksum: 'message',
  }),
);

function hostAddress(host: number): Uint8Array {
  return Uint8Array.of(192, 0, 2, host);
}
