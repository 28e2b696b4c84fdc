/**
 * UDP between the hosts of a LAN in virtual time, as the kernel gives it: the socket that fits a datagram best gets it, unless its hop limit is
 * too low. Datagrams arrive at once, with the hop limit that is left of 255, and wait in their sockets, as many as have room there.
 */
import type { Kernel } from '../../../../src/agent/engine/kernel.js';
import { formatIp, ipFromBytes } from '../../../../src/core/ip/address.js';
import type { Micros } from '../../../../src/core/time.js';
import type { ReceivedDatagram } from '../../../../src/platform/linux/datagram-socket.js';
import type { SocketAddress } from '../../../../src/platform/linux/socket-address.js';

/** A host as far as datagrams care. */
export interface DatagramHost {
  readonly name: string;
  has(address: Uint8Array): boolean;
  /** The address that the kernel sends from. */
  sourceFor(family: 4 | 6): Uint8Array | undefined;
  /** A descriptor became readable. */
  wake(fd: number): void;
  /** Whether it waits for the descriptor. */
  polls(fd: number): boolean;
}

interface OpenSocket {
  readonly host: DatagramHost;
  readonly fd: number;
  readonly local: SocketAddress;
  readonly remote: { readonly address: Uint8Array; readonly port: number } | undefined;
  readonly leastHopLimit: number;
  readonly queue: ReceivedDatagram[];
}

export interface DatagramNet {
  /** What `host` opens sockets with. */
  opener(host: DatagramHost): Kernel['openDatagramSocket'];
  /** Whether something waits for the host that it would wake for. */
  isWaiting(host: DatagramHost): boolean;
  /** All sockets of a host are gone, as when its process is killed. */
  closeAll(host: DatagramHost): void;
  /** Every datagram that was sent, in order. */
  readonly sent: { readonly at: Micros; readonly from: string; readonly to: string; readonly payload: Uint8Array }[];
}

/** So many wait in a socket: of more the kernel keeps none. */
const mostWaiting = 256;
const text = (address: Uint8Array) => formatIp(ipFromBytes(address));

/** @param reaches whether a datagram from one host gets to another */
export function createDatagramNet(o: {
  readonly now: () => Micros;
  readonly hosts: () => Iterable<DatagramHost>;
  readonly reaches: (from: DatagramHost, to: DatagramHost) => boolean;
  /** The hop limit that a datagram arrives with: 255 when absent. */
  readonly hopLimit?: () => number;
}): DatagramNet {
  const sockets = new Set<OpenSocket>();
  let nextFd = 1_000_000;
  const sent: DatagramNet['sent'] = [];

  function send(from: OpenSocket, payload: Uint8Array, to: { address: Uint8Array; port: number }): number {
    sent.push({ at: o.now(), from: from.host.name, to: text(to.address), payload: payload.slice() });
    for (const host of o.hosts()) {
      if (host === from.host || !host.has(to.address) || !o.reaches(from.host, host)) continue;
      const best = [...sockets]
        .filter((socket) => socket.host === host)
        .map((socket) => [scoreOf(socket, from, to), socket] as const);
      const [score, socket] = best.toSorted(([a], [b]) => b - a)[0] ?? [-1];
      if (score < 0 || socket === undefined) continue;
      const source = { ...from.local, scope: 0 };
      const hopLimit = o.hopLimit?.() ?? 255;
      if (hopLimit < socket.leastHopLimit || socket.queue.length === mostWaiting) continue;
      socket.queue.push({ payload: payload.slice(), source, hopLimit, interfaceIndex: 2, at: o.now() });
      host.wake(socket.fd);
    }
    return 0;
  }

  /** Below 0: not at all. */
  function scoreOf({ local, remote }: OpenSocket, from: OpenSocket, to: { address: Uint8Array; port: number }): number {
    if (local.port !== to.port || local.address.length !== to.address.length) return -1;
    const isAny = local.address.every((byte) => byte === 0);
    if (!isAny && text(local.address) !== text(to.address)) return -1;
    if (remote !== undefined && text(remote.address) !== text(from.local.address)) return -1;
    if (remote !== undefined && remote.port !== 0 && remote.port !== from.local.port) return -1;
    return (isAny ? 0 : 1) + (remote === undefined ? 0 : 2);
  }

  return {
    sent,
    opener: (host) => (asked) => {
      const chosen = asked.remote === undefined ? undefined : host.sourceFor(asked.family);
      const address = asked.address ?? chosen ?? new Uint8Array(asked.family === 4 ? 4 : 16);
      const local = { address, port: asked.port, scope: 0 };
      const { remote, leastHopLimit = 255 } = asked;
      const socket: OpenSocket = { host, fd: nextFd++, local, remote, leastHopLimit, queue: [] };
      sockets.add(socket);
      return {
        fd: socket.fd,
        local,
        receive: () => socket.queue.shift(),
        send: (payload) => send(socket, payload, asked.remote!),
        sendTo: (payload, to) => send(socket, payload, to),
        drops: () => 0,
        close: () => void sockets.delete(socket),
      };
    },
    isWaiting: (host) =>
      [...sockets].some((socket) => socket.host === host && socket.queue.length > 0 && host.polls(socket.fd)),
    closeAll(host) {
      for (const socket of sockets) if (socket.host === host) sockets.delete(socket);
    },
  };
}
