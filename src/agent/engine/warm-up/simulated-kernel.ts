/** The kernel of the warm-up: one NIC with one address, on a LAN with a leader that answers or does not. Nothing leaves this thread. */
import { answerTo, reflectorDiscriminator, unaskedOf } from '../../../core/bfd/seamless.js';
import type { Micros } from '../../../core/time.js';
import { encodeControlPacket } from '../../../core/wire/bfd.js';
import { decodeControlPacket } from '../../../core/wire/bfd-checks.js';
import type { DatagramSocket, ReceivedDatagram } from '../../../platform/linux/datagram-socket.js';
import { openRtnetlink } from '../../../platform/linux/rtnetlink.js';
import type { Kernel } from '../kernel.js';

const interfaceIndex = 2;
const mac = Uint8Array.of(2, 0, 0, 0, 0, 1);
/** How often it can be asked, as answers say. */
const requiredMinRx: Micros = 10_000;

export interface SimulatedKernel {
  readonly kernel: Kernel;
  /** Whether the leader answers when it is asked whether it lives. */
  leaderAnswers: boolean;
  /** A frame comes in by the NIC. */
  deliver(frame: Uint8Array): void;
}

/** Only what is delivered is heard there. */
export function simulatedKernel(
  now: () => Micros,
  { ours, peers }: { readonly ours: Uint8Array; readonly peers: Uint8Array },
): SimulatedKernel {
  const listeners = new Map<number, () => void>();
  const advertQueues = new Map<number, Uint8Array[]>();
  let descriptors = 0;
  /** Encodes what a takeover asks of the kernel, and asks nobody. */
  const { putAddresses, putLocalRoutes, removeLocalRoutes } = openRtnetlink({
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
    openDatagramSocket(o) {
      const fd = ++descriptors;
      const source = { address: peers, port: 0, scope: 0 };
      return simulatedDatagramSocket(
        o,
        fd,
        () => simulated.leaderAnswers,
        (payload) => ({ payload, source, hopLimit: 255, interfaceIndex, at: now() }),
        () => listeners.get(fd)?.(),
      );
    },
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
      putLocalRoutes,
      removeLocalRoutes,
      removeLink() {},
    },
    forwards: () => false,
    virtualMacs: {
      create: ({ name }) => ({ interfaceIndex, name, unset: [], raise() {}, silence() {} }),
      restore() {},
    },
    events: { fd: 0, read: () => ({ events: [], routes: false, overrun: false, more: false }) },
  };
  const simulated: SimulatedKernel = {
    kernel,
    leaderAnswers: false,
    deliver(frame) {
      for (const [fd, waiting] of advertQueues) {
        waiting.push(frame.slice());
        listeners.get(fd)?.();
      }
    },
  };
  return simulated;
}

/** Nobody asks; who is asked answers at once, and once more as if unasked. */
function simulatedDatagramSocket(
  { family, port, remote }: Parameters<Kernel['openDatagramSocket']>[0],
  fd: number,
  answers: () => boolean,
  received: (octets: Uint8Array) => ReceivedDatagram,
  isReadable: () => void,
): DatagramSocket {
  const waiting: ReceivedDatagram[] = [];
  return {
    fd,
    local: { address: new Uint8Array(family === 4 ? 4 : 16), port, scope: 0 },
    receive: () => waiting.shift(),
    send(octets) {
      const asked = decodeControlPacket(octets);
      if (!asked.ok || remote === undefined || !answers()) return 0;
      const answered = answerTo(asked.packet, reflectorDiscriminator(remote.address), requiredMinRx);
      if (!answered.ok) return 0;
      for (const answer of [answered.answer, unaskedOf(answered.answer)])
        waiting.push(received(encodeControlPacket(answer)));
      isReadable();
      return 0;
    },
    sendTo: () => 0,
    drops: () => 0,
    close() {},
  };
}
