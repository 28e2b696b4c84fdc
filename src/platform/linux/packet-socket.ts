/**
 * An AF_PACKET socket on one interface: whole Ethernet frames in and out.
 *
 * Owns: the socket, its filter and its link-layer group memberships. Refuses to know: what a frame means.
 *
 * Why not IP sockets: frames reach a packet socket before the host's firewall, so a rule that drops protocol 112 cannot split
 * a cluster, and ARP, NDP and VRRP of both families need one socket instead of six. The filter is locked after it is
 * attached, the socket takes no outgoing frames, and it is bound only after both, so it never holds a frame it should not.
 *
 * An interface that goes down leaves the socket in place and working again when it comes back; one that is deleted leaves a
 * dead socket for good, also when another interface gets its index: the owner asks `isBound()` and closes it.
 *
 * Source: packet(7), linux/if_packet.h.
 */

import { check, errnoOf } from './errno.js';
import { type PacketFilter, packetFilterProgram } from './packet-filter.js';
import {
  attachFilter,
  bind,
  close,
  getsockname,
  getsockopt,
  recv,
  send,
  setsockopt,
  setsockoptInt,
  socket,
} from './sys.js';

const AF_PACKET = 17;
const SOCK_RAW_NONBLOCK_CLOEXEC = 3 | 0o4000 | 0o2000000;
const ETH_P_ALL_BIG_ENDIAN = 0x0300;
const SOL_SOCKET = 1;
const SO_PRIORITY = 12;
const SO_RCVBUFFORCE = 33;
const SO_LOCK_FILTER = 44;
const SOL_PACKET = 263;
const PACKET_ADD_MEMBERSHIP = 1;
const PACKET_DROP_MEMBERSHIP = 2;
const PACKET_STATISTICS = 6;
const PACKET_IGNORE_OUTGOING = 23;
const PACKET_MR_MULTICAST = 0;
const PACKET_MR_UNICAST = 3;
const MSG_DONTWAIT = 0x40;
const MSG_TRUNC = 0x20;
/** Room for about 800 small frames: what arrives while a starved engine sleeps for a second. */
const receiveBufferBytes = 1 << 20;
/** TC_PRIO_CONTROL: adverts leave before data where the queueing discipline looks at priorities, as keepalived does. */
const controlPriority = 7;

const EINTR = errnoOf('EINTR');
const ENETDOWN = errnoOf('ENETDOWN');

export interface PacketSocket {
  readonly fd: number;
  /**
   * Reads one frame to the start of `buffer` and returns its length, at most buffer.byteLength (a longer frame is cut, which
   * the decoders see); 0 when there is none now. Never throws. Call until it returns 0: that also clears the error an
   * interface leaves behind when it goes down.
   */
  receive(buffer: Uint8Array): number;
  /**
   * Sends the first `length` bytes of `frame`. 0 when the kernel took it, else a negative errno: -ENETDOWN (interface down),
   * -ENXIO (interface deleted), -ENOBUFS or -EAGAIN (queue full, the frame is lost), -EMSGSIZE (longer than the MTU).
   */
  send(frame: Uint8Array, length: number): number;
  /** Receive frames to this 6-byte address, too: a group address, or a unicast one such as a virtual MAC. Counted by the kernel. */
  join(mac: Uint8Array): void;
  leave(mac: Uint8Array): void;
  /** Whether the interface has reported itself down since the last frame that came or went. rtnetlink says it sooner. */
  down(): boolean;
  /** False once the interface it was opened on was deleted or left for another namespace, whatever has its index now. */
  isBound(): boolean;
  /** Frames lost since the socket was opened, because its receive buffer was full. */
  drops(): number;
  close(): void;
}

/** Opens the socket and joins `multicast` (6-byte addresses). Throws a LinuxError: EPERM without NET_RAW, ENODEV, … */
export function openPacketSocket(o: {
  interfaceIndex: number;
  filter: PacketFilter;
  multicast: readonly Uint8Array[];
}): PacketSocket {
  const object = `packet socket on interface ${o.interfaceIndex}`;
  const fd = check(socket(AF_PACKET, SOCK_RAW_NONBLOCK_CLOEXEC, 0), 'open', object); // protocol 0: deaf until bind
  let isDown = false;
  let dropped = 0;
  const statistics = new Uint8Array(8); // struct tpacket_stats { u32 packets; u32 drops }, reset by reading

  const membership = (operation: 'join' | 'leave', mac: Uint8Array): void => {
    const option = operation === 'join' ? PACKET_ADD_MEMBERSHIP : PACKET_DROP_MEMBERSHIP;
    const result = setsockopt(fd, SOL_PACKET, option, packetMembership(o.interfaceIndex, mac));
    if (operation === 'join') check(result, 'join a link-layer address by', object); // leaving what is gone is no error
  };

  try {
    check(attachFilter(fd, packetFilterProgram(o.filter)), 'attach the filter of', object);
    check(setsockoptInt(fd, SOL_SOCKET, SO_LOCK_FILTER, 1), 'lock the filter of', object);
    setsockoptInt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1); // since Linux 4.20; the filter drops them before that
    setsockoptInt(fd, SOL_SOCKET, SO_RCVBUFFORCE, receiveBufferBytes); // without NET_ADMIN the default stays
    setsockoptInt(fd, SOL_SOCKET, SO_PRIORITY, controlPriority);
    check(bind(fd, linkLayerAddress(o.interfaceIndex)), 'bind', object);
    for (const mac of o.multicast) membership('join', mac);
  } catch (error) {
    close(fd);
    throw error;
  }

  return {
    fd,
    receive(buffer) {
      for (;;) {
        const length = recv(fd, buffer, MSG_DONTWAIT | MSG_TRUNC);
        if (length > 0) {
          isDown = false;
          return Math.min(length, buffer.byteLength);
        }
        if (length === -ENETDOWN)
          isDown = true; // reported once per down; frames may still be queued behind it
        else if (length !== -EINTR) return 0;
      }
    },
    send(frame, length) {
      const sent = send(fd, frame, length, MSG_DONTWAIT);
      if (sent >= 0) isDown = false;
      else if (sent === -ENETDOWN) isDown = true;
      return Math.min(sent, 0);
    },
    join: (mac) => membership('join', mac),
    leave: (mac) => membership('leave', mac),
    down: () => isDown,
    isBound: () => boundTo(fd) === o.interfaceIndex,
    drops() {
      if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, statistics) === statistics.byteLength)
        dropped += new DataView(statistics.buffer).getUint32(4, true);
      return dropped;
    },
    close: () => void close(fd),
  };
}

/** The interface it is bound to; -1 once that is gone (`packet_notifier` of net/packet/af_packet.c). */
function boundTo(fd: number): number {
  const address = new DataView(new ArrayBuffer(32));
  getsockname(fd, new Uint8Array(address.buffer));
  return address.getInt32(4, true);
}

/** struct sockaddr_ll, 20 bytes: all protocols on one interface. */
function linkLayerAddress(interfaceIndex: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(20));
  view.setUint16(0, AF_PACKET, true);
  view.setUint16(2, ETH_P_ALL_BIG_ENDIAN, true);
  view.setInt32(4, interfaceIndex, true);
  return new Uint8Array(view.buffer);
}

/** struct packet_mreq, 16 bytes { int interface; u16 type; u16 length; u8 address[8] }. */
function packetMembership(interfaceIndex: number, mac: Uint8Array): Uint8Array {
  if (mac.byteLength !== 6) throw new RangeError(`a MAC address has 6 bytes, not ${mac.byteLength}`);
  const isGroup = (mac[0]! & 1) === 1;
  const view = new DataView(new ArrayBuffer(16));
  view.setInt32(0, interfaceIndex, true);
  view.setUint16(4, isGroup ? PACKET_MR_MULTICAST : PACKET_MR_UNICAST, true);
  view.setUint16(6, mac.byteLength, true);
  new Uint8Array(view.buffer).set(mac, 8);
  return new Uint8Array(view.buffer);
}
