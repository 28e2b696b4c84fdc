/**
 * Datagrams to a Unix socket, which Node.js has none of.
 *
 * Owns: one socket without a name. Refuses to know: what a datagram means.
 *
 * Source: unix(7). Of an abstract name exactly the bytes that are given count; who listens there made it with as many.
 */
import { check } from './errno.js';
import { close, sendto, socket } from './sys.js';

const AF_UNIX = 1;
const SOCK_DGRAM_NONBLOCK_CLOEXEC = 2 | 0o4000 | 0o2000000;
const MSG_NOSIGNAL = 0x4000;
/** sun_path of struct sockaddr_un. */
const longestName = 108;

export interface UnixDatagrams {
  /** Sends one datagram, whole. 0, or a negative errno: -EAGAIN when the reader has no room for it now. */
  send(bytes: Uint8Array): number;
  close(): void;
}

/** Whether a text names a socket that there can be: an absolute path, or an abstract name behind `\0`, of 107 bytes at most. */
export function isUnixName(name: string): boolean {
  return /^[/\0]./.test(name) && !name.slice(1).includes('\0') && Buffer.byteLength(name) < longestName;
}

/** @param name as `isUnixName` has it; nobody needs to listen there yet. Throws a LinuxError. */
export function openUnixDatagrams(name: string): UnixDatagrams {
  const address = socketAddress(name);
  const fd = check(socket(AF_UNIX, SOCK_DGRAM_NONBLOCK_CLOEXEC, 0), 'open', 'a Unix datagram socket');
  return {
    // Named at each send: whoever listens may have been started anew.
    send: (bytes) => Math.min(sendto(fd, bytes, MSG_NOSIGNAL, address), 0),
    close: () => void close(fd),
  };
}

function socketAddress(name: string): Uint8Array {
  const bytes = Buffer.from(name);
  const end = name.startsWith('\0') ? 0 : 1; // a path ends with a zero byte
  const address = Buffer.alloc(2 + bytes.length + end);
  address.writeUInt16LE(AF_UNIX, 0);
  bytes.copy(address, 2);
  return address;
}
