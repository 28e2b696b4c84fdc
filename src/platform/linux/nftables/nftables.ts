/**
 * Talks to nf_tables of the calling thread's network namespace.
 *
 * Owns: transactions and questions. Refuses to know: what tables are for. A transaction waits while another program's is being committed; a question
 * does not.
 *
 * Source: net/netfilter/nf_tables_api.c.
 */
import { errnoName, LinuxError } from '../errno.js';
import { type Attributes, decodeAttributes, encodeString, flag, type NetlinkMessage } from '../netlink-codec.js';
import { type NetlinkSocket, openNetlinkSocket, prepareTransaction } from '../netlink-socket.js';
import { batchBegin, batchEnd, encodeNftMessage, fixedLength, type TableFamily } from './message.js';
import type { TableName } from './statements.js';

export interface Nftables {
  /** Performs all of it or nothing; why not, if it was refused: ENOENT (a table is gone), EOPNOTSUPP (the kernel has no nf_tables), EPERM, … */
  transact(messages: readonly Uint8Array[]): NftablesRefusal | undefined;
  hasTable(table: TableName): boolean;
  hasChain(table: TableName, chain: string): boolean;
  hasSet(table: TableName, set: string): boolean;
  /**
   * The table, its chains and its sets, as one text that is another one once somebody has changed any of them: flags, policies, or what was
   * made anew under the same name. Empty where there is no such table. It costs one question for each name.
   */
  outline(table: TableName, names: { readonly chains: readonly string[]; readonly sets: readonly string[] }): string;
  /** The rules of a table, in order; none where there is no such table. */
  rules(table: TableName): readonly Rule[];
  /** How many elements a set has; 0 where there is none. It costs what there are. */
  elementCount(table: TableName, set: string): number;
  close(): void;
}

export interface NftablesRefusal {
  readonly code: string;
  readonly message: string;
}

export interface Rule {
  readonly chain: string;
  /** The kernel gives no handle of a table twice. */
  readonly handle: bigint;
  /** What its counter counted; undefined without one. */
  readonly packets: number | undefined;
}

/** Throws a LinuxError: EPROTONOSUPPORT where the kernel has no nfnetlink. */
export function openNftables(socket: NetlinkSocket = openNetlinkSocket('nfnetlink')): Nftables {
  const begin = batchBegin();
  const end = batchEnd();

  function exists(message: Uint8Array): boolean {
    return !('errno' in socket.query(message));
  }

  return {
    transact(messages) {
      let refusal: NftablesRefusal | undefined;
      socket.execute([prepareTransaction([begin, ...messages], end)], (_, { errno, text }) => {
        const code = errnoName(errno);
        refusal ??= { code, message: text === undefined ? code : `${code}: ${text}` };
      });
      return refusal;
    },
    hasTable: ({ family, table }) => exists(question('getTable', family, [[1, table]])),
    hasChain: ({ family, table }, chain) =>
      exists(
        question('getChain', family, [
          [1, table],
          [3, chain],
        ]),
      ),
    hasSet: ({ family, table }, set) =>
      exists(
        question('getSet', family, [
          [1, table],
          [2, set],
        ]),
      ),
    outline({ family, table }, { chains, sets }) {
      const head = socket.query(question('getTable', family, [[1, table]]));
      if ('errno' in head) return '';
      const parts = [chosen(head, [2, 4])]; // NFTA_TABLE_FLAGS, NFTA_TABLE_HANDLE
      for (const [type, names, numbers] of [
        ['getChain', chains, [2, 5, 10]], // NFTA_CHAIN_HANDLE, NFTA_CHAIN_POLICY, NFTA_CHAIN_FLAGS
        ['getSet', sets, [3, 16]], // NFTA_SET_FLAGS, NFTA_SET_HANDLE
      ] as const)
        for (const name of names) {
          const answer = socket.query(
            question(type, family, [
              [1, table],
              [type === 'getChain' ? 3 : 2, name],
            ]),
          );
          parts.push('errno' in answer ? `no ${name}` : `${name} ${chosen(answer, numbers)}`);
        }
      return parts.join('\n');
    },
    rules({ family, table }) {
      const messages = listed(socket, encodeNftMessage('getRule', flag.dump, family, [[1, encodeString(table)]]));
      return messages.map(decodeRule).filter((rule) => rule.table === table);
    },
    elementCount({ family, table }, set) {
      const names = [
        [1, encodeString(table)],
        [2, encodeString(set)],
      ] as const;
      const messages = listed(socket, encodeNftMessage('getElements', flag.dump, family, names));
      return messages.reduce((sum, { data }) => sum + countOf(decodeAttributes(data, fixedLength).get(3)), 0);
    },
    close: () => socket.close(),
  };
}

/** Some attributes of an answer, as text. */
function chosen({ data }: NetlinkMessage, numbers: readonly number[]): string {
  const attributes = decodeAttributes(data, fixedLength);
  return numbers.map((number) => attributes.get(number)?.toString('hex') ?? '-').join(' ');
}

/** Nothing, where there is no such table or set. */
function listed(socket: NetlinkSocket, message: Uint8Array): readonly NetlinkMessage[] {
  try {
    return socket.dump(message).messages;
  } catch (error) {
    if (error instanceof LinuxError && error.code === 'ENOENT') return [];
    throw error;
  }
}

function question(
  type: Parameters<typeof encodeNftMessage>[0],
  family: TableFamily,
  names: readonly (readonly [number, string])[],
): Uint8Array {
  return encodeNftMessage(
    type,
    0,
    family,
    names.map(([attribute, name]) => [attribute, encodeString(name)] as const),
  );
}

function decodeRule({ data }: NetlinkMessage): Rule & { readonly table: string } {
  const attributes = decodeAttributes(data, fixedLength);
  return {
    table: text(attributes.get(1)),
    chain: text(attributes.get(2)),
    handle: attributes.get(3)?.readBigUInt64BE() ?? 0n,
    packets: packetsOf(attributes.get(4)),
  };
}

function packetsOf(expressions: Buffer | undefined): number | undefined {
  for (const each of listOf(expressions)) {
    const attributes = decodeAttributes(each, 0);
    if (text(attributes.get(1)) !== 'counter') continue;
    const packets = decodeAttributes(attributes.get(2) ?? Buffer.alloc(0), 0).get(2);
    return packets === undefined ? undefined : Number(packets.readBigUInt64BE());
  }
  return undefined;
}

/** The items of a list (NFTA_LIST_ELEM), which all have the same attribute number. */
function listOf(list: Buffer | undefined): readonly Buffer[] {
  const items: Buffer[] = [];
  for (let at = 0; list !== undefined && at + 4 <= list.byteLength; ) {
    const length = list.readUInt16LE(at);
    if (length < 4) break; // less than its own header, which no kernel says: nothing behind it can be told apart
    items.push(list.subarray(at + 4, at + length));
    at += (length + 3) & ~3;
  }
  return items;
}

function countOf(list: Buffer | undefined): number {
  return listOf(list).length;
}

function text(payload: ReturnType<Attributes['get']>): string {
  return payload === undefined ? '' : payload.toString('utf8', 0, payload.byteLength - 1);
}
