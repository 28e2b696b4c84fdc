import { bfdMultihopPort, bfdPort } from '../../../core/wire/bfd.js';
import type { DatagramSocket } from '../../../platform/linux/datagram-socket.js';
import { createDatagramReader, type DatagramReader, type ReadingBudget } from '../datagram-reader.js';
import type { Kernel } from '../kernel.js';
import type { PlacedPath } from './path.js';

/** The sockets of one session (RFC 5881 4, RFC 5883 5). */
export interface SessionSockets {
  /** Sends from the session's own port. Nobody has reason to send there, and nothing is read of it. */
  readonly out: DatagramSocket;
  /** Takes in what the neighbour sends, and nobody else: a flood from another host fills another buffer. */
  readonly reader: DatagramReader;
}

/** A neighbour at the shortest interval sends one in 50 ms; answers to polls come beside that. */
const ofNeighbor: ReadingBudget = { most: 32, window: 50_000 };
/** What no session's socket takes: from another address of a neighbour, or from who is none. */
const ofOthers: ReadingBudget = { most: 32, window: 100_000 };

type SocketKernel = Pick<Kernel, 'now' | 'poller' | 'openDatagramSocket'>;

/** Opens both. Throws a LinuxError. */
export function openSessionSockets(
  kernel: SocketKernel,
  { remote, local, interface: nic, leastHopLimit }: PlacedPath,
  sourcePort: number,
): SessionSockets {
  const family = remote.byteLength === 4 ? 4 : 6;
  const common = { family, address: local, interface: nic, leastHopLimit } as const;
  const port = nic === undefined ? bfdMultihopPort : bfdPort;
  const out = kernel.openDatagramSocket({ ...common, port: sourcePort, remote: { address: remote, port } });
  try {
    const heard = kernel.openDatagramSocket({ ...common, port, remote: { address: remote, port: 0 } });
    return { out, reader: createDatagramReader(kernel, heard, ofNeighbor) };
  } catch (error) {
    out.close();
    throw error;
  }
}

export function closeSessionSockets({ out, reader }: SessionSockets): void {
  out.close();
  reader.close();
}

/** Hears whoever else sends to the port. Throws a LinuxError. */
export function openListener(kernel: SocketKernel, family: 4 | 6): DatagramReader {
  return createDatagramReader(kernel, kernel.openDatagramSocket({ family, port: bfdPort }), ofOthers);
}
