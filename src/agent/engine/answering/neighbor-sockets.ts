/**
 * The packet sockets that ARP and neighbour discovery are heard by: one for each interface, however many need to hear it. The kernel copies
 * a frame once, and the engine reads it once.
 */
import type { PacketSocket } from '../../../platform/linux/packet-socket.js';
import type { Kernel } from '../kernel.js';

/** Who hears an interface: what answers for addresses, and what looks for others that claim them. */
export type NeighborUser = 'responder' | 'conflicts';

export interface NeighborSocket {
  readonly interfaceIndex: number;
  readonly socket: PacketSocket;
  /** Frames may be waiting. */
  readable: boolean;
}

export interface NeighborSockets {
  /** Lets `user` hear an interface, opening the socket for the first. Throws a LinuxError. */
  open(interfaceIndex: number, user: NeighborUser): NeighborSocket;
  /** `user` needs to hear it no more; behind the last one it is closed. */
  close(interfaceIndex: number, user: NeighborUser): void;
  all(): Iterable<NeighborSocket>;
}

export function createNeighborSockets(
  kernel: Pick<Kernel, 'openPacketSocket' | 'discard' | 'poller'>,
): NeighborSockets {
  const sockets = new Map<number, NeighborSocket & { readonly users: Set<NeighborUser> }>();
  return {
    open(interfaceIndex, user) {
      const known = sockets.get(interfaceIndex);
      if (known !== undefined) {
        known.users.add(user);
        return known;
      }
      const socket = kernel.openPacketSocket({ interfaceIndex, filter: 'neighbor', multicast: [] });
      const opened = { interfaceIndex, socket, users: new Set([user]), readable: false };
      kernel.poller.add(socket.fd, () => {
        opened.readable = true;
      });
      sockets.set(interfaceIndex, opened);
      return opened;
    },
    close(interfaceIndex, user) {
      const known = sockets.get(interfaceIndex);
      if (known === undefined || !known.users.delete(user) || known.users.size > 0) return;
      kernel.poller.remove(known.socket.fd);
      kernel.discard(known.socket);
      sockets.delete(interfaceIndex);
    },
    all: () => sockets.values(),
  };
}
