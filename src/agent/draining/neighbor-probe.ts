/** Asks nodes, on their NICs, for their own addresses, and hears who answers: in no case does it wait. */

import { formatIp, ipFromBytes } from '../../core/ip/address.js';
import { encodeArp } from '../../core/wire/arp.js';
import { broadcastMac } from '../../core/wire/mac.js';
import { decodeNeighborFrame, encodeNeighborSolicitation } from '../../core/wire/neighbor-frame.js';
import { LinuxError } from '../../platform/linux/errno.js';
import { openPacketSocket, type PacketSocket } from '../../platform/linux/packet-socket.js';
import { octetsOf } from './contents.js';
import { keyOf, type Peer } from './state.js';

/** Frames of one NIC each time: enough for the answers, and a bound to a flood. */
const framesPerLook = 512;

export interface Heard {
  /** By `keyOf`: who has been heard, and its Ethernet address. */
  readonly neighbors: ReadonlyMap<string, Uint8Array>;
  /** NICs, by index, on which more came than was read: who was not heard there may have answered. */
  readonly overrun: ReadonlySet<number>;
}

export interface NeighborProbe {
  /** @param station the peer's Ethernet address, where it is known */
  ask(
    peer: Peer,
    from: { readonly mac: Uint8Array; readonly source: Uint8Array },
    station: Uint8Array | undefined,
  ): void;
  /** What came since the last call. */
  heard(): Heard;
  /** Only these NICs are needed. */
  keep(nics: ReadonlySet<number>): void;
}

export function createNeighborProbe(open: typeof openPacketSocket = openPacketSocket): NeighborProbe {
  const sockets = new Map<number, PacketSocket>();
  /** Frames that each socket has lost so far. */
  const losses = new Map<number, number>();
  const frame = new Uint8Array(2048);

  function socketOn(interfaceIndex: number): PacketSocket | undefined {
    const known = sockets.get(interfaceIndex);
    if (known?.isBound()) return known;
    known?.close();
    sockets.delete(interfaceIndex);
    losses.delete(interfaceIndex);
    try {
      const socket = open({ interfaceIndex, filter: 'neighbor', multicast: [] });
      sockets.set(interfaceIndex, socket);
      return socket;
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      return undefined; // whoever is asked there is not heard, which is true
    }
  }

  return {
    ask({ nic, address }, { mac, source }, station) {
      const question = questionFor(octetsOf(address), mac, source, station);
      socketOn(nic)?.send(question, question.length);
    },
    heard() {
      const neighbors = new Map<string, Uint8Array>();
      const overrun = new Set<number>();
      for (const [nic, socket] of sockets) {
        for (let taken = 0; ; taken++) {
          if (taken === framesPerLook) overrun.add(nic);
          const length = taken < framesPerLook ? socket.receive(frame) : 0;
          if (length === 0) break;
          const sender = senderOf(frame, length);
          if (sender !== undefined)
            neighbors.set(keyOf({ nic, address: formatIp(ipFromBytes(sender)) }), frame.slice(6, 12));
        }
        const lost = socket.drops();
        if (lost !== (losses.get(nic) ?? 0)) overrun.add(nic);
        losses.set(nic, lost);
      }
      return { neighbors, overrun };
    },
    keep(nics) {
      for (const [nic, socket] of sockets) {
        if (nics.has(nic)) continue;
        socket.close();
        sockets.delete(nic);
        losses.delete(nic);
      }
    },
  };
}

function questionFor(address: Uint8Array, mac: Uint8Array, source: Uint8Array, station?: Uint8Array): Uint8Array {
  if (address.length === 16) return encodeNeighborSolicitation({ mac, address, source });
  return encodeArp({
    operation: 'request',
    senderMac: mac,
    senderAddress: source,
    targetMac: new Uint8Array(mac.length),
    targetAddress: address,
    destinationMac: station ?? broadcastMac(),
  });
}

/** Whose address a frame shows to be in use. */
function senderOf(frame: Uint8Array, length: number): Uint8Array | undefined {
  const decoded = decodeNeighborFrame(frame, length);
  if (!decoded.ok) return undefined;
  const { message } = decoded;
  if (message.type === 'arp') return message.senderAddress;
  return message.type === 'neighbor-advertisement' ? message.target : message.source;
}
