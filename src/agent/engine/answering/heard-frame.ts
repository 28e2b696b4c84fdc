/** A frame of ARP or neighbour discovery as it was heard: decoded when somebody first needs that, and once for all. */
import { decodeNeighborFrame, type NeighborDecode } from '../../../core/wire/neighbor-frame.js';

/** One record, used again for each frame: see `hearNeighbors`. */
export interface HeardFrame {
  /** A buffer that may be longer than the frame. */
  readonly octets: Uint8Array;
  /** Bytes of the frame. */
  length: number;
  /** Undefined until somebody has asked for it. */
  decoded: NeighborDecode | undefined;
}

export function newHeardFrame(): HeardFrame {
  return { octets: new Uint8Array(2048), length: 0, decoded: undefined };
}

export function decoded(heard: HeardFrame): NeighborDecode {
  heard.decoded ??= decodeNeighborFrame(heard.octets, heard.length);
  return heard.decoded;
}
