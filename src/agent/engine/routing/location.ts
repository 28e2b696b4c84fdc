import type { SocketAddress } from '../../../platform/linux/socket-address.js';
import type { TcpSettings } from '../../../platform/linux/tcp-socket.js';
import type { PeerSettings, Problem } from './contract.js';
import { addressBeside } from './locate/beside.js';
import type { Peer, Speaker } from './state.js';

/** Where the router of a session is now, or why that is not known. */
export function locate({ world }: Pick<Speaker, 'world'>, { location, port }: PeerSettings): SocketAddress | Problem {
  if ('defaultGateway' in location) {
    const family = location.defaultGateway;
    const gateway = world.defaultGateway(family);
    if (gateway) return { ...gateway, port };
    return {
      reason: 'NoDefaultGateway',
      message: `this node has no default route of IPv${family} through a gateway: see \`ip -${family} route\``,
    };
  }
  const { interface: nic } = location;
  const index = nic === undefined ? 0 : world.interfaceIndex(nic);
  if (index === undefined) {
    return { reason: 'InterfaceMissing', message: `this node has no interface ${nic}: see \`ip link\`` };
  }
  if ('address' in location) {
    return { address: location.address, port, scope: isLinkLocal(location.address) ? index : 0 };
  }
  const address = world.advertisingRouter(location.interface);
  if (address) return { address, port, scope: index };
  return {
    reason: 'NoRouterHeard',
    message: `no router advertisement was heard on ${nic}: have the router send them there, and see that IPv6 is not switched off`,
  };
}

/** Whether a session whose end `local` is has routes of the other family, too. */
export function hasOtherFamily({ settings }: Peer, local: Uint8Array): boolean {
  return settings.session.families.some((family) => local.length !== (family === 4 ? 4 : 16));
}

/** The address of ours that routes of the other family are told with; undefined when there are no such routes, or no address. */
export function besideOf({ world }: Pick<Speaker, 'world'>, peer: Peer, local: Uint8Array): Uint8Array | undefined {
  if (!hasOtherFamily(peer, local)) return undefined;
  return addressBeside(world.addresses(), local, scopeOf(peer, local), undefined);
}

/** The index of the NIC that a link-local address of ours is on. */
export function scopeOf({ at }: Peer, local: Uint8Array): number {
  return isLinkLocal(local) ? (at?.scope ?? 0) : 0;
}

/** What the packets to and from a router are like. */
export function tcpSettingsOf({ hops, ttlSecurity, password, session }: PeerSettings): TcpSettings {
  return {
    timeToLive: ttlSecurity ? 255 : hops,
    leastTimeToLive: ttlSecurity ? 255 - hops + 1 : undefined,
    md5Key: password && new Uint8Array(password.export()),
    userTimeout: session.holdTime * 1000,
  };
}

/** fe80::/10. */
export function isLinkLocal(address: Uint8Array): boolean {
  return address.length === 16 && address[0] === 0xfe && (address[1]! & 0xc0) === 0x80;
}
