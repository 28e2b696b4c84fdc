/** Datagrams to port 3784, from the sockets of sessions and from the listeners. */
import { receiveDatagram, type Sessions } from '../../../core/bfd/receive.js';
import { type Micros, never } from '../../../core/time.js';
import type { ReceivedDatagram } from '../../../platform/linux/datagram-socket.js';
import { LinuxError } from '../../../platform/linux/errno.js';
import { neighborKey, retryInterval } from './path.js';
import { give } from './running.js';
import { openListener } from './sockets.js';
import type { BfdState, Running } from './state.js';

/** Of a host that asks for a session that nobody wants, it is told so often at most. */
const unaskedInterval: Micros = 60_000_000;
/** Hosts that this is remembered of. */
const unaskedBound = 64;

/** Takes what waits. */
export function receive(b: BfdState): void {
  const sessions = sessionsOf(b);
  for (const { sockets } of b.sessions.values()) sockets?.reader.work((datagram) => take(b, sessions, datagram));
  for (const listener of b.listeners.values()) listener.work((datagram) => take(b, sessions, datagram));
}

/** Reads what came for a session before its neighbour's silence is judged; returns up to when that is all. */
export function drain(b: BfdState, { sockets }: Running): Micros {
  if (sockets === undefined) return b.kernel.now();
  const sessions = sessionsOf(b);
  sockets.reader.drain((datagram) => take(b, sessions, datagram));
  return sockets.reader.drainedAt();
}

function sessionsOf(b: BfdState): Sessions<Running> {
  return {
    byDiscriminator: (discriminator) => b.byDiscriminator.get(discriminator),
    byNeighbor(source, nic) {
      const key = `${neighborKey(source, nic)} `;
      for (const running of b.sessions.values()) if (running.key.startsWith(key)) return running;
      return undefined;
    },
  };
}

function take(b: BfdState, sessions: Sessions<Running>, datagram: ReceivedDatagram): void {
  const { payload, hopLimit, source, interfaceIndex: nic, at } = datagram;
  const received = receiveDatagram(
    { payload, hopLimit, source: source.address, sourcePort: source.port, nic },
    sessions,
  );
  if (!received.ok) {
    b.drop(received.reason);
    if (received.reason === 'neighbor-unknown') tellUnasked(b, source.address, nic);
    return;
  }
  b.count('bfd_packets_received');
  for (const flag of received.flags) b.count(`bfd_packets_received_${flag.replaceAll('-', '_')}`);
  give(b, received.session, { type: 'packet', packet: received.packet, at }, b.kernel.now());
}

function tellUnasked(b: BfdState, source: Uint8Array, nic: number): void {
  const link = b.inventory.link(nic);
  if (link === undefined) return;
  const [key, now] = [neighborKey(source, nic), b.kernel.now()];
  if (now < (b.unasked.get(key) ?? -never) + unaskedInterval) return;
  if (b.unasked.size >= unaskedBound) {
    const [oldest, toldAt] = b.unasked.entries().next().value!;
    if (now < toldAt + unaskedInterval) return; // more hosts than anybody can look after
    b.unasked.delete(oldest);
  }
  b.unasked.delete(key);
  b.unasked.set(key, now);
  for (const user of b.users) user.tell({ type: 'unasked', source, interface: link.name });
}

/** Listens on the port as long as a session or a user needs it. */
export function keepListening(b: BfdState, now: Micros): void {
  b.listenAt = never;
  const isAsked = [...b.users].some(({ listens }) => listens);
  for (const family of [4, 6] as const) {
    const isNeeded =
      isAsked || [...b.sessions.values()].some(({ path }) => path.remote.length === (family === 4 ? 4 : 16));
    const listener = b.listeners.get(family);
    if (!isNeeded && listener !== undefined) {
      listener.close();
      b.listeners.delete(family);
    }
    if (!isNeeded || listener !== undefined) continue;
    try {
      b.listeners.set(family, openListener(b.kernel, family));
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      b.count('bfd_listen_failures');
      b.listenAt = now + retryInterval;
    }
  }
}
