/**
 * A NETLINK_ROUTE socket for requests.
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
const NETLINK_ROUTE = 0;
const SOL_SOCKET = 1;
const SO_RCVBUFFORCE = 33;
const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const NETLINK_GET_STRICT_CHK = 12;
const MSG_DONTWAIT = 0x40;
const EINTR = errnoOf('EINTR');

/** Requests per sendto(): enough to make the system call cheap, few enough to let other users of the kernel's lock in. */
const batchLimit = 64;
const sendBufferBytes = 32 * 1024;
/** One part of a dump is at most 32 KiB (linux/netlink.h, NETLINK dump allocation). */
const receiveBufferBytes = 64 * 1024;
const dumpAttempts = 5;

export interface NetlinkSocket {
  /**
   * Performs `messages` (encodeMessage) in order. Calls `refused` for each one the kernel refused, with its index; the others
   * were done. Never throws for a refusal.
   */
  execute(messages: readonly Uint8Array[], refused: (index: number, refusal: Acknowledgement) => void): void;
  /** Sends one GET request and returns the one message that answers it, or the refusal. */
  query(message: Uint8Array): NetlinkMessage | Acknowledgement;
  /** Sends one request with NLM_F_DUMP and returns every message of the answer. Repeats a dump that a change interrupted. */
  dump(message: Uint8Array): NetlinkMessage[];
  close(): void;
}

/** Opens the socket in the calling thread's network namespace. Throws a LinuxError. */
export function openNetlinkSocket(): NetlinkSocket {
  const object = 'rtnetlink socket';
  const fd = check(socket(AF_NETLINK, SOCK_RAW_NONBLOCK_CLOEXEC, NETLINK_ROUTE), 'open', object);
  setsockoptInt(fd, SOL_SOCKET, SO_RCVBUFFORCE, 1 << 20);
  setsockoptInt(fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
  setsockoptInt(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
  setsockoptInt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
  const outgoing = new Uint8Array(sendBufferBytes);
  const outgoingView = new DataView(outgoing.buffer);
  const incoming = new Uint8Array(receiveBufferBytes);
  let sequence = 0;

  /** Copies one message to `at`, numbers it, and returns where the next one goes. */
  function put(message: Uint8Array, at: number): number {
    outgoing.set(message, at);
    sequence = (sequence + 1) >>> 0;
    outgoingView.setUint32(at + 8, sequence, true);
    return at + message.byteLength;
  }

  function transmit(length: number): void {
    let sent: number;
    do sent = send(fd, outgoing, length, 0);
    while (sent === -EINTR);
    check(sent, 'send to', object);
  }

  /** The next datagram's messages; undefined when there are no more. */
  function receive(): readonly NetlinkMessage[] | undefined {
    for (;;) {
      const length = recv(fd, incoming, MSG_DONTWAIT);
      if (length >= 0) return decodeMessages(incoming.subarray(0, length));
      if (length === -errnoOf('EAGAIN')) return undefined;
      if (length !== -EINTR && length !== -errnoOf('ENOBUFS')) check(length, 'receive from', object);
    }
  }

  function executeBatch(
    messages: readonly Uint8Array[],
    first: number,
    count: number,
    refused: (index: number, refusal: Acknowledgement) => void,
  ): void {
    const firstSequence = sequence + 1;
    let length = 0;
    let last = 0;
    for (let i = first; i < first + count; i++) {
      last = length;
      length = put(messages[i]!, length);
    }
    outgoingView.setUint16(last + 6, outgoingView.getUint16(last + 6, true) | flag.ack, true);
    transmit(length);
    let complete = false;
    for (let datagram = receive(); datagram !== undefined; datagram = receive())
      for (const message of datagram) {
        const offset = (message.seq - firstSequence) >>> 0;
        if (message.type !== messageType.error || offset >= count) continue; // what a former, lost exchange left behind
        const acknowledgement = decodeAcknowledgement(message);
        if (acknowledgement.errno !== 0) refused(first + offset, acknowledgement);
        complete ||= offset === count - 1;
      }
    if (!complete) throw new LinuxError({ errno: errnoOf('ENOBUFS'), operation: 'read the answers of', object });
  }

  function dumpOnce(message: Uint8Array): NetlinkMessage[] | undefined {
    transmit(put(message, 0));
    const answer: NetlinkMessage[] = [];
    let interrupted = false;
    for (let datagram = receive(); datagram !== undefined; datagram = receive())
      for (const part of datagram) {
        if (part.seq !== sequence) continue;
        interrupted ||= (part.flags & flag.dumpInterrupted) !== 0;
        if (part.type === messageType.done) return interrupted ? undefined : answer;
        if (part.type === messageType.error) {
          const { errno, text } = decodeAcknowledgement(part);
          throw new LinuxError({
            errno,
            operation: 'list from',
            object,
            ...(text === undefined ? {} : { detail: text }),
          });
        }
        answer.push({ ...part, data: Buffer.from(part.data) }); // the receive buffer is used again for the next part
      }
    throw new LinuxError({ errno: errnoOf('ENOBUFS'), operation: 'list from', object, detail: 'the list broke off' });
  }

  return {
    execute(messages, refused) {
      let first = 0;
      while (first < messages.length) {
        let count = 0;
        let length = 0;
        while (count < batchLimit && first + count < messages.length) {
          length += messages[first + count]!.byteLength;
          if (length > outgoing.byteLength) break;
          count++;
        }
        if (count === 0) throw new RangeError(`rtnetlink: a message of ${length} bytes`);
        executeBatch(messages, first, count, refused);
        first += count;
      }
    },
    query(message) {
      transmit(put(message, 0));
      for (let datagram = receive(); datagram !== undefined; datagram = receive())
        for (const answer of datagram) {
          if (answer.seq !== sequence) continue;
          if (answer.type === messageType.error) return decodeAcknowledgement(answer);
          return { ...answer, data: Buffer.from(answer.data) };
        }
      throw new LinuxError({ errno: errnoOf('ENOBUFS'), operation: 'read the answer of', object });
    },
    dump(message) {
      for (let attempt = 0; attempt < dumpAttempts; attempt++) {
        const answer = dumpOnce(message);
        if (answer !== undefined) return answer;
      }
      throw new LinuxError({
        errno: errnoOf('EBUSY'),
        operation: 'list from',
        object,
        detail: `it changed during each of ${dumpAttempts} attempts`,
      });
    },
    close: () => void close(fd),
  };
}
