/**
 * What the engine needs from Linux, as one value, so that a test can be the kernel.
 */
import type { Micros } from '../../core/time.js';
import type { openDatagramSocket } from '../../platform/linux/datagram-socket.js';
import type { openIpv6Groups } from '../../platform/linux/ipv6-groups.js';
import type { VirtualMacInterface } from '../../platform/linux/macvlan.js';
import type { joinVrrpGroup } from '../../platform/linux/multicast-membership.js';
import type { openPacketSocket, PacketSocket } from '../../platform/linux/packet-socket.js';
import type { Poller } from '../../platform/linux/poller.js';
import type { Rtnetlink } from '../../platform/linux/rtnetlink.js';
import type { RtnetlinkEvents } from '../../platform/linux/rtnetlink-events.js';

export interface Kernel {
  now(): Micros;
  /** UTC, in microseconds since 1970: what signed adverts are stamped and judged by. It may jump. */
  utc(): Micros;
  readonly poller: Pick<Poller, 'add' | 'remove'>;
  readonly openPacketSocket: typeof openPacketSocket;
  /** Closes a packet socket that nobody reads any more, some time: the kernel takes 5 to 16 ms for that, which the engine does not have. */
  discard(socket: PacketSocket): void;
  readonly openDatagramSocket: typeof openDatagramSocket;
  readonly joinVrrpGroup: typeof joinVrrpGroup;
  readonly openIpv6Groups: typeof openIpv6Groups;
  readonly rtnetlink: Pick<
    Rtnetlink,
    | 'links'
    | 'link'
    | 'addresses'
    | 'routeTo'
    | 'neighborMac'
    | 'useNeighbor'
    | 'putAddresses'
    | 'renewAddresses'
    | 'removeAddresses'
    | 'putLocalRoutes'
    | 'removeLocalRoutes'
    | 'removeLink'
  >;
  readonly virtualMacs: {
    create(o: { name: string; parentIndex: number; mac: Uint8Array }): VirtualMacInterface;
    /** Puts back the settings that the interfaces needed. */
    restore(): void;
  };
  /** Whether the host forwards IPv6 packets that come in by an interface: net.ipv6.conf.NAME.forwarding. */
  forwards(interfaceName: string): boolean;
  readonly events: Pick<RtnetlinkEvents, 'fd' | 'read'>;
}
