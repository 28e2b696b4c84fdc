import type { SocketAddress } from '../../../platform/linux/socket-address.js';
import type { TcpSettings } from '../../../platform/linux/tcp-socket.js';
import type { PeerSettings, Problem } from './contract.js';
import type { Speaker } from './state.js';

/** Where the router of a session is now, or why that is not known. */
export function locate({ world }: Speaker, { location, port }: PeerSettings): SocketAddress | Problem {
  if ('defaultGateway' in location) return notYet('defaultGateway');
  if (!('address' in location)) return notYet('interface');
  const { address, interface: nic } = location;
  if (nic === undefined) return { address, port, scope: 0 };
  const interfaceIndex = world.interfaceIndex(nic);
  if (interfaceIndex === undefined) {
    return { reason: 'InterfaceMissing', message: `this node has no interface ${nic}: see \`ip link\`` };
  }
  return { address, port, scope: isLinkLocal(address) ? interfaceIndex : 0 };
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

function notYet(kind: string): Problem {
  return { reason: 'LocationUnsupported', message: `a router that is found by its ${kind} is not supported yet` };
}
