/**
 * Changes to nf_tables: each function gives the message for one. Those of a transaction are performed together or not at all.
 *
 * Source: linux/netfilter/nf_tables.h.
 */
import { flag } from '../netlink-codec.js';
import type { Expression } from './expressions.js';
import { type Attribute, be32, encodeNftMessage, host32, nested, string, type TableFamily } from './message.js';

/** A table by its name, which each family has its own of. */
export interface TableName {
  readonly family: TableFamily;
  readonly table: string;
}

/** Types as `nft` shows them (its `datatype.h`): the kernel only keeps the number, and compares lengths. */
const types = {
  ipv4_addr: { number: 7, bytes: 4 },
  ipv6_addr: { number: 8, bytes: 16 },
  ether_addr: { number: 9, bytes: 6 },
  inet_service: { number: 13, bytes: 2 },
  iface_index: { number: 20, bytes: 4 },
} as const;
export type DataType = keyof typeof types;

export interface SetOptions {
  /** What an element is: several types stand one after the other, each filled up to four bytes. */
  readonly key: readonly DataType[];
  /** What a map has for an element. */
  readonly data?: DataType;
  /** Elements may end by themselves. */
  readonly timeouts?: true;
  /** Rules enter elements. */
  readonly dynamic?: true;
  /** The most elements there may be. */
  readonly size?: number;
}

export interface SetElement {
  readonly key: Uint8Array;
  readonly data?: Uint8Array;
  /** For how long it is there; absent: until it is removed. */
  readonly milliseconds?: number;
}

/** Elements in one message: its list must stay below 64 KiB. */
const elementsPerMessage = 400;

export function addTable({ family, table }: TableName): Uint8Array {
  return encodeNftMessage('newTable', flag.create, family, [[1, string(table)]]);
}

/** With all that is in it. */
export function removeTable({ family, table }: TableName): Uint8Array {
  return encodeNftMessage('deleteTable', 0, family, [[1, string(table)]]);
}

/** NF_INET_PRE_ROUTING. */
const prerouting = 0;

/** @param priority in prerouting; without it the chain is one to jump to */
export function addChain({ family, table }: TableName, chain: string, priority?: number): Uint8Array {
  const hook: readonly Attribute[] =
    priority === undefined
      ? []
      : [
          [
            4,
            nested([
              [1, be32(prerouting)],
              [2, be32(priority >>> 0)],
            ]),
          ],
          [7, string('filter')],
        ];
  return encodeNftMessage('newChain', flag.create, family, [[1, string(table)], [3, string(chain)], ...hook]);
}

/** After the rules that the chain has. */
export function addRule({ family, table }: TableName, chain: string, expressions: readonly Expression[]): Uint8Array {
  return encodeNftMessage('newRule', flag.create | flag.append, family, [
    [1, string(table)],
    [2, string(chain)],
    [4, nested(expressions.map((each) => [1, each] as const))],
  ]);
}

const setFlags = { map: 0x8, timeouts: 0x10, dynamic: 0x20 } as const;

/** @param id another one for each set of a transaction */
export function addSet({ family, table }: TableName, set: string, id: number, o: SetOptions): Uint8Array {
  const keyType = o.key.reduce((sum, type) => (sum << 6) | types[type].number, 0);
  const padded = o.key.reduce((sum, type) => sum + Math.ceil(types[type].bytes / 4) * 4, 0);
  const keyLength = o.key.length === 1 ? types[o.key[0]!].bytes : padded;
  const flags =
    (o.data === undefined ? 0 : setFlags.map) |
    (o.timeouts === undefined ? 0 : setFlags.timeouts) |
    (o.dynamic === undefined ? 0 : setFlags.dynamic);
  const data: readonly Attribute[] =
    o.data === undefined
      ? []
      : [
          [6, be32(types[o.data].number)],
          [7, be32(types[o.data].bytes)],
        ];
  return encodeNftMessage('newSet', flag.create, family, [
    [1, string(table)],
    [2, string(set)],
    [3, be32(flags)],
    [4, be32(keyType)],
    [5, be32(keyLength)],
    ...data,
    ...(o.size === undefined ? [] : [[9, nested([[1, be32(o.size)]])] as const]),
    [10, be32(id)],
    [13, shownAs(o)],
  ]);
}

/**
 * What `nft` keeps with a set to show it right: the order of octets of numbers that are of the host's (NFTNL_UDATA_SET_KEYBYTEORDER,
 * NFTNL_UDATA_SET_DATABYTEORDER of libnftnl/udata.h).
 */
function shownAs({ key, data }: SetOptions): Uint8Array {
  const orderOf = (type: DataType | undefined) => host32(type === 'iface_index' ? 1 : 2);
  const keyOrder = key.length === 1 ? [0, 4, ...orderOf(key[0])] : [];
  const dataOrder = data === undefined ? [] : [1, 4, ...orderOf(data)];
  return Uint8Array.from([...keyOrder, ...dataOrder]);
}

export function addElements(table: TableName, set: string, elements: readonly SetElement[]): readonly Uint8Array[] {
  return listElements('newElements', flag.create, table, set, elements);
}

/** Each has to be there: one whose time is over is not. */
export function removeElements(table: TableName, set: string, keys: readonly Uint8Array[]): readonly Uint8Array[] {
  const elements = keys.map((key) => ({ key }));
  return listElements('deleteElements', 0, table, set, elements);
}

function listElements(
  type: 'newElements' | 'deleteElements',
  flags: number,
  { family, table }: TableName,
  set: string,
  elements: readonly SetElement[],
): readonly Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (let from = 0; from < elements.length; from += elementsPerMessage) {
    messages.push(
      encodeNftMessage(type, flags, family, [
        [1, string(table)],
        [2, string(set)],
        [3, encodeElements(elements.slice(from, from + elementsPerMessage))],
      ]),
    );
  }
  return messages;
}

/** Of a change there may be tens of thousands: all of a list is written into one piece of memory. */
function encodeElements(elements: readonly SetElement[]): Uint8Array {
  const bytes = new Uint8Array(elements.reduce((sum, each) => sum + attributeLength(elementLength(each)), 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  /** Writes a header, and leaves off behind it. */
  const begin = (type: number, length: number) => {
    view.setUint16(at, 4 + length, true);
    view.setUint16(at + 2, type, true);
    at += 4;
  };
  const put = (type: number, payload: Uint8Array) => {
    begin(type, attributeLength(payload.length));
    begin(1, payload.length); // NFTA_DATA_VALUE
    bytes.set(payload, at);
    at += (payload.length + 3) & ~3;
  };
  for (const each of elements) {
    begin(1, elementLength(each)); // NFTA_LIST_ELEM
    put(1, each.key);
    if (each.data !== undefined) put(2, each.data);
    if (each.milliseconds === undefined) continue;
    begin(4, 8);
    view.setBigUint64(at, BigInt(Math.max(1, Math.round(each.milliseconds))));
    at += 8;
  }
  return bytes;
}

function elementLength({ key, data, milliseconds }: SetElement): number {
  const values = [key, ...(data === undefined ? [] : [data])];
  const lengths = values.map(({ length }) => attributeLength(attributeLength(length)));
  return lengths.reduce((sum, length) => sum + length, milliseconds === undefined ? 0 : 12);
}

/** Of an attribute with its header, filled up. */
function attributeLength(payload: number): number {
  return 4 + ((payload + 3) & ~3);
}

/** Removes all elements of a set. */
export function emptySet({ family, table }: TableName, set: string): Uint8Array {
  return encodeNftMessage('deleteElements', 0, family, [
    [1, string(table)],
    [2, string(set)],
  ]);
}
