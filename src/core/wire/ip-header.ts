import type { Family } from '../ip/address.js';

/** What a header to be written says. All of our protocols are link-local: TTL or hop limit 255, internetwork control. */
export interface IpHeaderFields {
  /** 4 or 16 bytes. */
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  /** The upper layer's number. */
  readonly protocol: number;
  /** Bytes of the upper layer's message. */
  readonly payloadLength: number;
}

/**
 * An IP header as data of a family. `at` is where the header begins in a frame, `end` where the frame's bytes end; every
 * reader but `fault` takes a header in which `fault` found none.
 */
export interface IpHeader {
  readonly family: Family;
  readonly etherType: number;
  /** Bytes of a header as `write` makes it. */
  readonly length: number;
  /** Where the two addresses are, source first, and how many bytes one has. */
  readonly addressesAt: number;
  readonly addressLength: 4 | 16;
  /** Where TTL or hop limit is. */
  readonly hopLimitAt: number;
  /** The upper layer's number: protocol, or next header when no extension header is between. */
  readonly protocolAt: number;
  /**
   * `truncated`: the frame ends before the header does, or before the datagram should. `ip-header`: version, lengths or
   * header checksum contradict each other.
   */
  readonly fault: (frame: Uint8Array, at: number, end: number) => 'truncated' | 'ip-header' | undefined;
  /** Where the payload begins in the frame, after options. */
  readonly payloadAt: (frame: Uint8Array, at: number) => number;
  /** Bytes of the payload by the header, without the frame's padding. */
  readonly payloadLength: (frame: Uint8Array, at: number) => number;
  /** Whether the datagram is one of several fragments of a message of `protocol`. */
  readonly isFragmentOf: (frame: Uint8Array, at: number, protocol: number) => boolean;
  /** Whether the source can be nobody's: unspecified, loopback, multicast or broadcast. */
  readonly isSourceMartian: (frame: Uint8Array, at: number) => boolean;
  readonly write: (frame: Uint8Array, at: number, fields: IpHeaderFields) => void;
}
