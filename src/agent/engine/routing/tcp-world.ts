/**
 * The speaker's world as it is: the kernel's sockets, clocks and interfaces.
 */
import { monotonicMicros, utcMicros } from '../../../platform/linux/clock.js';
import { connectTcp, listenTcp } from '../../../platform/linux/tcp-socket.js';
import { type Accepted, type Accepting, acceptFrom, backlog, stopAccepting } from './accepting.js';
import { type Connections, takeSocket } from './connections.js';
import { advertisingRouter, gatewayOf, type Network, setInterest } from './locate/network.js';
import { isLinkLocal } from './location.js';
import type { Listener, World } from './world.js';

/** The world of a thread, but for what other threads and processes have to do with. */
export function tcpWorld(
  connections: Connections,
  accepting: Accepting,
  network: Network,
): Omit<World, 'keep' | 'bfd'> {
  return {
    now: monotonicMicros,
    utc: () => utcMicros() / 1000,
    chance: Math.random,
    connect: (to, from, settings) => takeSocket(connections, connectTcp(to, from, settings), true),
    listen(at, accepted, stalled): Listener {
      const listener = listenTcp(at, backlog);
      const taken: Accepted['taken'] = (socket) => accepted(takeSocket(connections, socket, false));
      const from: Accepted = { listener, taken, stalled };
      acceptFrom(accepting, from);
      return {
        setMd5Key: (address, key) => listener.setMd5Key(address, key),
        close() {
          stopAccepting(accepting, from);
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
