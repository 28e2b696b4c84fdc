/**
 * The frame of netlink messages: header, fixed part, attributes.
 *
 * Owns: how this folder uses the npm package `netlink`: only its pure JavaScript codec (this file the framing, the *-message
 * files the fixed structures), because its native socket aborts the process when its receive buffer overruns. Attributes are picked by number here instead of being decoded all at
 * once: newer kernels send attributes the package rejects, and nobody reads most of them.
 *
 * Source: netlink(7), rtnetlink(7), linux/netlink.h.
 */
import { AttrStream, formatMessage, parseAttributes, parseError, parseMessages } from 'netlink/dist/structs.js';

/** One netlink message: `data` is what follows the 16-byte header. */
export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly seq: number;
  readonly data: Buffer;
}

/** Attributes by number; the payload without its header. A nested attribute is a payload to decode again. */
export type Attributes = ReadonlyMap<number, Buffer>;

export const messageType = {
  error: 2,
  done: 3,
  newLink: 16,
  delLink: 17,
  getLink: 18,
  newAddress: 20,
  delAddress: 21,
  getAddress: 22,
  newRoute: 24,
  delRoute: 25,
  getRoute: 26,
  newNeighbor: 28,
  getNeighbor: 30,
} as const;

/** struct nlmsghdr. */
export const headerLength = 16;
/** struct rtattr. */
export const attributeHeaderLength = 4;

/** NLM_F_*. */
export const flag = {
  request: 0x1,
  ack: 0x4,
  dumpInterrupted: 0x10,
  replace: 0x100,
  exclusive: 0x200,
  create: 0x400,
  append: 0x800,
  dump: 0x300,
} as const;

/**
 * Encodes one request: header (sequence number and port 0, filled in by the socket), fixed part, attributes, padded to 4 bytes.
 * NLM_F_REQUEST is always set.
 */
export function encodeMessage(o: {
  type: number;
  flags: number;
  fixed: Uint8Array;
  attributes?: (out: AttrStream) => void;
}): Uint8Array {
  const out = new AttrStream();
  out.emit(o.fixed);
  o.attributes?.(out);
  const message = Buffer.concat(
    formatMessage({ type: o.type, flags: o.flags | flag.request, seq: 0, port: 0, data: out.bufs }),
  );
  const padding = -message.length & 3;
  return padding === 0 ? message : Buffer.concat([message, Buffer.alloc(padding)]);
}

/** Encodes attributes as the payload of an attribute that nests them. */
export function encodeNested(attributes: readonly (readonly [type: number, payload: Uint8Array])[]): Uint8Array {
  let length = 0;
  for (const [, { byteLength }] of attributes) length += 4 + ((byteLength + 3) & ~3);
  const bytes = new Uint8Array(length); // padding is zero
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [type, payload] of attributes) {
    view.setUint16(at, 4 + payload.byteLength, true);
    view.setUint16(at + 2, type, true);
    bytes.set(payload, at + 4);
    at += 4 + ((payload.byteLength + 3) & ~3);
  }
  return bytes;
}

/** The messages in one received datagram. What the kernel sends is well formed; anything else throws. */
export function decodeMessages(datagram: Uint8Array): readonly NetlinkMessage[] {
  return parseMessages(Buffer.from(datagram.buffer, datagram.byteOffset, datagram.byteLength));
}

/** The attributes of `data` from byte `offset` on. Of one that occurs twice the last counts. */
export function decodeAttributes(data: Buffer, offset: number): Attributes {
  const attributes = new Map<number, Buffer>();
  parseAttributes(data.subarray(offset), (attribute) => attributes.set(attribute.type, attribute.data));
  return attributes;
}

/** What the kernel answers to a request: errno 0 is an acknowledgement. */
export interface Acknowledgement {
  readonly errno: number;
  /** Its own words, where it has any (NETLINK_EXT_ACK). */
  readonly text?: string;
}

/** Decodes the data of an NLMSG_ERROR message sent with NETLINK_CAP_ACK: error, the request's header, extended attributes. */
export function decodeAcknowledgement(message: NetlinkMessage): Acknowledgement {
  const NLM_F_ACK_TLVS = 0x200;
  const NLMSGERR_ATTR_MSG = 1;
  const errno = -parseError(message.data, message.flags).errno;
  if (errno === 0 || (message.flags & NLM_F_ACK_TLVS) === 0) return { errno };
  const text = decodeAttributes(message.data, 20).get(NLMSGERR_ATTR_MSG);
  return text === undefined ? { errno } : { errno, text: decodeString(text) };
}

/** A zero-terminated string attribute. */
export function decodeString(payload: Buffer): string {
  const end = payload.indexOf(0);
  return payload.toString('utf8', 0, end < 0 ? payload.length : end);
}

export function encodeString(text: string): Uint8Array {
  return Buffer.from(`${text}\0`);
}

export function encodeU32(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}
