/**
 * The frame of nf_tables messages, and of the batch that the kernel commits as a whole or not at all.
 *
 * Source: linux/netfilter/nfnetlink.h, linux/netfilter/nf_tables.h; `nfnetlink_rcv_batch` of net/netfilter/nfnetlink.c.
 */
import { encodeMessage, encodeNested, encodeString } from '../netlink-codec.js';

export type TableFamily = 'ip' | 'ip6';

/** An attribute, or what is in one that nests others. */
export type Attribute = readonly [type: number, payload: Uint8Array];

const subsystem = 10; // NFNL_SUBSYS_NFTABLES
const families = { ip: 2, ip6: 10, none: 0 } as const;

/** NFT_MSG_*. */
export const nftMessage = {
  newTable: 0,
  getTable: 1,
  deleteTable: 2,
  newChain: 3,
  getChain: 4,
  newRule: 6,
  getRule: 7,
  newSet: 9,
  getSet: 10,
  newElements: 12,
  getElements: 13,
  deleteElements: 14,
} as const;

/** @param family of the table */
export function encodeNftMessage(
  type: keyof typeof nftMessage,
  flags: number,
  family: TableFamily,
  attributes: readonly Attribute[],
): Uint8Array {
  return encodeMessage({
    type: (subsystem << 8) | nftMessage[type],
    flags,
    fixed: header(family, 0),
    attributes(out) {
      for (const [attribute, payload] of attributes) out.push(attribute, payload);
    },
  });
}

/** What begins and what ends a batch: NFNL_MSG_BATCH_BEGIN, NFNL_MSG_BATCH_END. */
export function batchBegin(): Uint8Array {
  return encodeMessage({ type: 0x10, flags: 0, fixed: header('none', subsystem) });
}

export function batchEnd(): Uint8Array {
  return encodeMessage({ type: 0x11, flags: 0, fixed: header('none', subsystem) });
}

/** struct nfgenmsg { u8 family; u8 version; be16 resource }; it stands before the attributes of each message. */
export const fixedLength = 4;

function header(family: keyof typeof families, resource: number): Uint8Array {
  return Uint8Array.of(families[family], 0, resource >> 8, resource & 0xff);
}

/** Numbers in attributes are big-endian, unlike those of rtnetlink. */
export function be32(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, value);
  return new Uint8Array(view.buffer);
}

export function be64(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(value));
  return new Uint8Array(view.buffer);
}

/** A number as a register holds it, such as the index of an interface. */
export function host32(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

export const nested = encodeNested;
export const string = encodeString;
