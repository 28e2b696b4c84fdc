/**
 * The speaker's world as it is: the kernel's sockets, clocks and interfaces.
 */
import { monotonicMicros, utcMicros } from '../../../platform/linux/clock.js';
import { LinuxError } from '../../../platform/linux/errno.js';
import type { Poller } from '../../../platform/linux/poller.js';
import { connectTcp, listenTcp, type TcpListener } from '../../../platform/linux/tcp-socket.js';
import { type Connections, takeSocket } from './connections.js';
import { advertisingRouter, gatewayOf, type Network, setInterest } from './locate/network.js';
import { isLinkLocal } from './location.js';
import type { Connection, Listener, World } from './world.js';

/** Connections that may wait to be taken, and that are taken per turn. */
const backlog = 64;

/** The world of a thread, but for what other threads and processes have to do with. */
export function tcpWorld(poller: Poller, connections: Connections, network: Network): Omit<World, 'keep' | 'bfd'> {
  return {
    now: monotonicMicros,
    utc: () => utcMicros() / 1000,
    chance: Math.random,
    connect: (to, from, settings) => takeSocket(connections, connectTcp(to, from, settings), true),
    listen(at, accepted): Listener {
      const listener = listenTcp(at, backlog);
      poller.add(listener.fd, () => take(listener, connections, accepted));
      return {
        setMd5Key: (address, key) => listener.setMd5Key(address, key),
        close() {
          poller.remove(listener.fd);
          listener.close();
        },
      };
    },
    isQuiet: () => connections.lingering.size === 0,
    interfaceIndex: (name) => network.rtnetlink.link({ name })?.index,
    interfaceName: (index) => network.rtnetlink.link({ index })?.name,
    advertisingRouter: (name) => advertisingRouter(network, name),
    defaultGateway(family) {
      const route = gatewayOf(network, family);
      return route && { address: route.gateway, scope: isLinkLocal(route.gateway) ? route.interfaceIndex : 0 };
    },
    addresses: () => network.rtnetlink.addresses(),
    watch: (interest) => setInterest(network, interest),
  };
}

function take(listener: TcpListener, connections: Connections, accepted: (connection: Connection) => void): void {
  for (let taken = 0; taken < backlog; taken++) {
    let socket: ReturnType<TcpListener['accept']>;
    try {
      socket = listener.accept();
    } catch (error) {
      if (error instanceof LinuxError) return; // descriptors or memory have run out: it stays in the queue
      throw error;
    }
    if (!socket) return;
    accepted(takeSocket(connections, socket, false));
  }
}
