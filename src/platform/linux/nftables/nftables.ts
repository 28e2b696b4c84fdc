/**
 * Talks to nf_tables of the calling thread's network namespace.
 *
 * Owns: transactions and questions. Refuses to know: what tables are for. A transaction waits while another program's is being committed; a question
 * does not.
 *
 * Source: net/netfilter/nf_tables_api.c.
 */
import { errnoName, errnoOf, LinuxError } from '../errno.js';
import { type Attributes, decodeAttributes, encodeString, flag, type NetlinkMessage } from '../netlink-codec.js';
import { type NetlinkSocket, openNetlinkSocket, prepareTransaction } from '../netlink-socket.js';
import { batchBegin, batchEnd, encodeNftMessage, fixedLength, type TableFamily } from './message.js';
import type { TableName } from './statements.js';

/** Questions throw a LinuxError where the kernel has no answer, for lack of memory: that is not to be taken for something that is not there. */
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
  /** The keys of a set's elements, each once; none where there is no such set. It costs what there are. */
  elements(table: TableName, set: string): readonly Uint8Array[];
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

  /** What is asked for; undefined where there is none. */
  function ask(message: Uint8Array): NetlinkMessage | undefined {
    const answer = socket.query(message);
    if (!('errno' in answer)) return answer;
    if (!passing.has(answer.errno)) return undefined; // ENOENT; EINVAL where the kernel has no nf_tables
    throw new LinuxError({ errno: answer.errno, operation: 'ask', object: 'nfnetlink socket' });
  }

  const exists = (message: Uint8Array) => ask(message) !== undefined;

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
      const head = ask(question('getTable', family, [[1, table]]));
      if (head === undefined) return '';
      const parts = [chosen(head, [2, 4])]; // NFTA_TABLE_FLAGS, NFTA_TABLE_HANDLE
      for (const [type, names, numbers] of [
        ['getChain', chains, [2, 5, 10]], // NFTA_CHAIN_HANDLE, NFTA_CHAIN_POLICY, NFTA_CHAIN_FLAGS
        ['getSet', sets, [3, 16]], // NFTA_SET_FLAGS, NFTA_SET_HANDLE
      ] as const)
        for (const name of names) {
          const answer = ask(
            question(type, family, [
              [1, table],
              [type === 'getChain' ? 3 : 2, name],
            ]),
          );
          parts.push(answer === undefined ? `no ${name}` : `${name} ${chosen(answer, numbers)}`);
        }
      return parts.join('\n');
    },
    rules({ family, table }) {
      const messages = listed(socket, encodeNftMessage('getRule', flag.dump, family, [[1, encodeString(table)]]));
      const rules = messages.map(decodeRule).filter((rule) => rule.table === table);
      return [...new Map(rules.map((rule) => [rule.handle, rule])).values()];
    },
    elements({ family, table }, set) {
      const names = [
        [1, encodeString(table)],
        [2, encodeString(set)],
      ] as const;
      const messages = listed(socket, encodeNftMessage('getElements', flag.dump, family, names));
      const keys = messages.flatMap(({ data }) => keysOf(attribute(data.subarray(fixedLength), 3)));
      return [...new Map(keys.map((key) => [key.toString('latin1'), key])).values()];
    },
    close: () => socket.close(),
  };
}

/** Some attributes of an answer, as text. */
function chosen({ data }: NetlinkMessage, numbers: readonly number[]): string {
  const attributes = decodeAttributes(data, fixedLength);
  return numbers.map((number) => attributes.get(number)?.toString('hex') ?? '-').join(' ');
}

/** What passes by itself: it says nothing of what was asked for. */
const passing: ReadonlySet<number> = new Set((['ENOBUFS', 'ENOMEM', 'EAGAIN', 'EBUSY', 'EINTR'] as const).map(errnoOf));

/** Nothing, where there is no such table or set; some things several times, where changes came in between. */
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

/** Attributes one after the other, as far as they can be told apart: of a large set they are many, and few of them are looked at. */
function* attributesIn(bytes: Buffer): Generator<readonly [number: number, payload: Buffer]> {
  for (let at = 0; at + 4 <= bytes.byteLength; ) {
    const length = bytes.readUInt16LE(at);
    if (length < 4) break; // less than its own header, which no kernel says: nothing behind it can be told apart
    yield [bytes.readUInt16LE(at + 2) & 0x3fff, bytes.subarray(at + 4, at + length)];
    at += (length + 3) & ~3;
  }
}

function attribute(bytes: Buffer | undefined, number: number): Buffer | undefined {
  for (const [each, payload] of attributesIn(bytes ?? none)) if (each === number) return payload;
  return undefined;
}

const none = Buffer.alloc(0);

/** The items of a list (NFTA_LIST_ELEM), which all have the same attribute number. */
function listOf(list: Buffer | undefined): readonly Buffer[] {
  return [...attributesIn(list ?? none)].map(([, payload]) => payload);
}

/** NFTA_DATA_VALUE of NFTA_SET_ELEM_KEY of each. */
function keysOf(list: Buffer | undefined): readonly Buffer[] {
  return listOf(list).flatMap((element) => attribute(attribute(element, 1), 1) ?? []);
}

function text(payload: ReturnType<Attributes['get']>): string {
  return payload === undefined ? '' : payload.toString('utf8', 0, payload.byteLength - 1);
}
