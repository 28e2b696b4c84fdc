/** Datagrams to port 3784, from the sockets of sessions and from the listeners; and to 4784, from those of sessions over many hops alone. */
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
  const sessions = onLinks(b);
  for (const running of b.sessions.values())
    running.sockets?.reader.work((datagram) => takeOf(b, running, sessions, datagram));
  for (const listener of b.listeners.values()) listener.work((datagram) => take(b, sessions, datagram));
}

/** Reads what came for a session before its neighbour's silence is judged; returns up to when that is all. */
export function drain(b: BfdState, running: Running): Micros {
  const { sockets } = running;
  if (sockets === undefined) return b.kernel.now();
  const sessions = onLinks(b);
  sockets.reader.drain((datagram) => takeOf(b, running, sessions, datagram));
  return sockets.reader.drainedAt();
}

/** Sessions over one hop. */
function onLinks(b: BfdState): Sessions<Running> {
  return {
    byDiscriminator(discriminator) {
      const running = b.byDiscriminator.get(discriminator);
      return running?.path.interface && running;
    },
    byNeighbor(source, nic) {
      const key = `${neighborKey(source, nic)} `;
      for (const running of b.sessions.values()) if (running.key.startsWith(key)) return running;
      return undefined;
    },
  };
}

/** The session alone that a socket belongs to: over many hops a packet is known by both its addresses (RFC 5883 3). */
function only(running: Running): Sessions<Running> {
  return {
    byDiscriminator: (discriminator) => (discriminator === running.session.localDiscriminator ? running : undefined),
    byNeighbor: () => running,
  };
}

function takeOf(b: BfdState, running: Running, sessions: Sessions<Running>, datagram: ReceivedDatagram): void {
  const { interface: nic, leastHopLimit } = running.path;
  if (nic) take(b, sessions, datagram);
  else take(b, only(running), datagram, leastHopLimit);
}

function take(b: BfdState, sessions: Sessions<Running>, datagram: ReceivedDatagram, leastHopLimit?: number): void {
  const { payload, hopLimit, source, interfaceIndex: nic, at } = datagram;
  const received = receiveDatagram(
    { payload, hopLimit, source: source.address, sourcePort: source.port, nic },
    sessions,
    leastHopLimit,
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
  const onLink = [...b.sessions.values()].map(({ path }) => path).filter((path) => path.interface !== undefined);
  for (const family of [4, 6] as const) {
    const isNeeded = isAsked || onLink.some(({ remote }) => remote.length === (family === 4 ? 4 : 16));
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
