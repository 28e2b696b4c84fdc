/**
 * A netlink socket for requests.
 *
 * Owns: sequence numbers, batching, acknowledgements, dumps. Refuses to know: what the messages ask for.
 *
 * The kernel answers rtnetlink requests within the sendto() call, so there is nothing to wait for: when it returns, the answers
 * lie in the receive buffer. Many requests go in one call. The kernel reports every request that fails, asked to or not, so
 * only the last of a batch asks for an acknowledgement: it shows that the answers are complete, and a batch that succeeds
 * costs two system calls.
 *
 * Source: netlink(7), net/netlink/af_netlink.c netlink_rcv_skb(): a failure is acknowledged without NLM_F_ACK.
 */
import { check, errnoOf, LinuxError } from './errno.js';
import {
  type Acknowledgement,
  decodeAcknowledgement,
  decodeMessages,
  flag,
  messageType,
  type NetlinkMessage,
} from './netlink-codec.js';
import { close, recv, send, setsockoptInt, socket } from './sys.js';

const AF_NETLINK = 16;
const SOCK_RAW_NONBLOCK_CLOEXEC = 3 | 0o4000 | 0o2000000;
/** NETLINK_ROUTE, NETLINK_NETFILTER. */
const protocols = { rtnetlink: 0, nfnetlink: 12 } as const;
const SOL_SOCKET = 1;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const NETLINK_GET_STRICT_CHK = 12;
const MSG_DONTWAIT = 0x40;
const EINTR = errnoOf('EINTR');
const ENOBUFS = errnoOf('ENOBUFS');
const passing: ReadonlySet<number> = new Set([ENOBUFS, errnoOf('ENOMEM'), errnoOf('EAGAIN'), errnoOf('EBUSY')]);

/** Requests per sendto(): enough to make the system call cheap, few enough to let other users of the kernel's lock in. */
const batchLimit = 64;
const longestBatch = 32 * 1024;
/** One part of a dump is at most 32 KiB (linux/netlink.h, NETLINK dump allocation). */
const receiveBufferBytes = 64 * 1024;
const dumpAttempts = 5;
/** A transaction goes out in one call, else the kernel refuses it (EMSGSIZE): of 65 000 addresses it is some 20 MiB. */
const longestTransaction = 32 << 20;

/** Messages that lie in memory as they go out. */
export interface Batch {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Where each message begins. */
  readonly offsets: readonly number[];
}

/** Makes of a copy of a message, which begins at `at`, the one with that index in all of them. */
export type Adapt = (bytes: Uint8Array, view: DataView, at: number, index: number) => void;

/**
 * Copies messages (encodeMessage) into as few batches as go; what is performed again and again is to be prepared once.
 *
 * @param adapt for messages that differ in a few octets from an example, which stands for each of them
 */
export function prepareBatches(messages: readonly Uint8Array[], adapt?: Adapt): readonly Batch[] {
  const batches: Batch[] = [];
  for (let first = 0, next = 0; first < messages.length; first = next) {
    let length = 0;
    for (next = first; next < messages.length && next - first < batchLimit; next++) {
      if (length + messages[next]!.byteLength > longestBatch) break;
      length += messages[next]!.byteLength;
    }
    if (next === first) throw new RangeError(`rtnetlink: a message of ${messages[first]!.byteLength} bytes`);
    batches.push(batchOf(messages.slice(first, next), length, { adapt, first }));
  }
  return batches;
}

/**
 * One batch that the kernel performs as a whole or not at all, as nfnetlink does with what is between a message that begins and one that
 * ends it.
 *
 * @param messages the one that begins it first
 * @param end is not answered
 */
export function prepareTransaction(messages: readonly Uint8Array[], end: Uint8Array): Batch {
  const length = messages.reduce((sum, { byteLength }) => sum + byteLength, 0);
  return batchOf(messages, length, { end });
}

/**
 * @param length of all messages, in octets
 * @param o.first the index of the first of these messages, for `adapt`
 * @param o.end follows them, without an answer
 */
function batchOf(
  messages: readonly Uint8Array[],
  length: number,
  { adapt, first = 0, end }: { readonly adapt?: Adapt | undefined; readonly first?: number; readonly end?: Uint8Array },
): Batch {
  const bytes = new Uint8Array(length + (end?.byteLength ?? 0));
  if (end !== undefined) bytes.set(end, length);
  const view = new DataView(bytes.buffer);
  const offsets: number[] = [];
  let at = 0;
  for (const message of messages) {
    bytes.set(message, at);
    adapt?.(bytes, view, at, first + offsets.length);
    offsets.push(at);
    at += message.byteLength;
  }
  const last = offsets[offsets.length - 1]!;
  view.setUint16(last + 6, view.getUint16(last + 6, true) | flag.ack, true);
  return { bytes, view, offsets };
}

/** A question, which the kernel answers anyway. */
function single(message: Uint8Array): Batch {
  const bytes = Uint8Array.from(message);
  return { bytes, view: new DataView(bytes.buffer), offsets: [0] };
}

export interface NetlinkSocket {
  /**
   * Performs what prepareBatches() made, in order. Calls `refused` for each message the kernel refused, or that got no answer for lack of
   * memory, with its index in all of them; the others were done. Never throws for a refusal.
   */
  execute(batches: readonly Batch[], refused: (index: number, refusal: Acknowledgement) => void): void;
  /** Sends one GET request and returns the one message that answers it, or the refusal. */
  query(message: Uint8Array): NetlinkMessage | Acknowledgement;
  /** Sends one request with NLM_F_DUMP and returns every message of the answer. Repeats a dump that a change interrupted. */
  dump(message: Uint8Array): Dump;
  close(): void;
}

export interface Dump {
  /** Where it is not whole: those of every attempt, the latest last. */
  readonly messages: readonly NetlinkMessage[];
  /**
   * Whether no change came in between, and it did not break off. If one did (NLM_F_DUMP_INTR), the kernel may have left out what was there all the time, or told
   * what is there no more; what several attempts saw together hardly lacks anything.
   */
  readonly whole: boolean;
}

interface Socket {
  readonly fd: number;
  /** For messages. */
  readonly object: string;
  /** A datagram that has come. */
  readonly incoming: Uint8Array;
  /** Of the message that was sent last. */
  sequence: number;
}

/** Opens the socket in the calling thread's network namespace. Throws a LinuxError. */
export function openNetlinkSocket(protocol: keyof typeof protocols = 'rtnetlink'): NetlinkSocket {
  const object = `${protocol} socket`;
  const fd = check(socket(AF_NETLINK, SOCK_RAW_NONBLOCK_CLOEXEC, protocols[protocol]), 'open', object);
  setsockoptInt(fd, SOL_SOCKET, SO_RCVBUFFORCE, 1 << 20);
  if (protocol === 'nfnetlink') setsockoptInt(fd, SOL_SOCKET, SO_SNDBUFFORCE, longestTransaction);
  setsockoptInt(fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
  setsockoptInt(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
  setsockoptInt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
  const s: Socket = { fd, object, incoming: new Uint8Array(receiveBufferBytes), sequence: 0 };
  return {
    execute: (batches, refused) => execute(s, batches, refused),
    query: (message) => query(s, message),
    dump: (message) => dump(s, message),
    close: () => void close(fd),
  };
}

type Refused = (index: number, refusal: Acknowledgement) => void;

function execute(s: Socket, batches: readonly Batch[], refused: Refused): void {
  let first = 0;
  for (const batch of batches) {
    executeBatch(s, batch, first, refused);
    first += batch.offsets.length;
  }
}

/** @param first the index of the batch's first message in all that are performed */
function executeBatch(s: Socket, batch: Batch, first: number, refused: Refused): void {
  const count = batch.offsets.length;
  const firstSequence = (s.sequence + 1) >>> 0;
  const failure = transmit(s, batch);
  const answered = new Set<number>();
  let complete = false;
  for (let datagram = receive(s); datagram !== undefined; datagram = complete ? undefined : receive(s))
    for (const message of datagram) {
      const offset = (message.seq - firstSequence) >>> 0;
      if (message.type !== messageType.error || offset >= count) continue; // what a former, lost exchange left behind
      const acknowledgement = decodeAcknowledgement(message);
      if (acknowledgement.errno !== 0) {
        answered.add(offset);
        refused(first + offset, acknowledgement);
      }
      complete ||= offset === count - 1; // the kernel answers in order
    }
  if (complete) return;
  // Nobody knows what was done of it: to whoever asked, it was not.
  for (let i = 0; i < count; i++) if (!answered.has(i)) refused(first + i, { errno: failure || ENOBUFS });
}

function query(s: Socket, message: Uint8Array): NetlinkMessage | Acknowledgement {
  const failure = transmit(s, single(message));
  for (let datagram = receive(s); datagram !== undefined; datagram = receive(s))
    for (const answer of datagram) {
      if (answer.seq !== s.sequence) continue;
      if (answer.type === messageType.error) return decodeAcknowledgement(answer);
      return { ...answer, data: Buffer.from(answer.data) };
    }
  return { errno: failure || ENOBUFS };
}

function dump(s: Socket, message: Uint8Array): Dump {
  const messages: NetlinkMessage[] = [];
  for (let attempt = 0; attempt < dumpAttempts; attempt++) {
    const found = dumpOnce(s, message);
    if (found.whole) return found;
    for (const each of found.messages) messages.push(each); // which may be more than a call takes arguments
  }
  return { messages, whole: false };
}

function dumpOnce(s: Socket, message: Uint8Array): Dump {
  const messages: NetlinkMessage[] = [];
  let whole = transmit(s, single(message)) === 0;
  for (const part of receiveParts(s))
    for (const each of decodeMessages(part)) {
      if (each.seq !== s.sequence) continue;
      if ((each.flags & flag.dumpInterrupted) !== 0) whole = false;
      if (each.type === messageType.done) return { messages, whole };
      if (each.type === messageType.error) {
        const { errno, text } = decodeAcknowledgement(each);
        if (passing.has(errno)) return { messages, whole: false };
        const detail = text === undefined ? {} : { detail: text };
        throw new LinuxError({ errno, operation: 'list from', object: s.object, ...detail });
      }
      messages.push(each);
    }
  return { messages, whole: false }; // it broke off
}

/** Numbers the messages and sends them. Returns what passes by itself, such as a lack of memory, as an errno, 0 when there was nothing; throws what does not. */
function transmit(s: Socket, { bytes, view, offsets }: Batch): number {
  for (const offset of offsets) {
    s.sequence = (s.sequence + 1) >>> 0;
    view.setUint32(offset + 8, s.sequence, true);
  }
  let sent: number;
  do sent = send(s.fd, bytes, bytes.byteLength, 0);
  while (sent === -EINTR);
  if (passing.has(-sent)) return -sent;
  check(sent, 'send to', s.object);
  return 0;
}

/** Takes the next datagram into `incoming` and returns its length; undefined when there are no more. */
function receiveOne({ fd, incoming, object }: Socket): number | undefined {
  for (;;) {
    const length = recv(fd, incoming, MSG_DONTWAIT);
    if (length >= 0) return length;
    if (length === -errnoOf('EAGAIN')) return undefined;
    if (length !== -EINTR && length !== -errnoOf('ENOBUFS')) check(length, 'receive from', object);
  }
}

/** The next datagram's messages; undefined when there are no more. */
function receive(s: Socket): readonly NetlinkMessage[] | undefined {
  const length = receiveOne(s);
  return length === undefined ? undefined : decodeMessages(s.incoming.subarray(0, length));
}

/** The parts of a dump as they are: looking at them in between would only give changes the time to come in between. */
function receiveParts(s: Socket): readonly Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let length = receiveOne(s); length !== undefined; length = receiveOne(s))
    parts.push(s.incoming.slice(0, length));
  return parts;
}
