/**
 * TCP sockets with what Node.js has no words for: signatures, TTLs, and how long the kernel waits for an answer. None ever blocks.
 *
 * Owns: descriptors of connections and listeners. Refuses to know: what is said on them, and when they are ready (see poller.ts).
 *
 * Source: tcp(7), ip(7), ipv6(7), linux/tcp.h (struct tcp_md5sig), RFC 2385, RFC 5082.
 */
import { formatIp, ipFromBytes } from '../../core/ip/address.js';
import { check, errnoOf, LinuxError } from './errno.js';
import { AF_INET, AF_INET6, decodeSocketAddress, encodeSocketAddress, type SocketAddress } from './socket-address.js';
import {
  accept4,
  bind,
  close,
  connect,
  getsockname,
  getsockopt,
  listen,
  recv,
  send,
  setsockopt,
  setsockoptInt,
  shutdown,
  socket,
} from './sys.js';

const SOCK_STREAM_NONBLOCK_CLOEXEC = 1 | 0o4000 | 0o2000000;
const SOCK_NONBLOCK_CLOEXEC = 0o4000 | 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_ERROR = 4;
const SO_LINGER = 13;
const IPPROTO_IP = 0;
const ip = { tos: 1, ttl: 2, minTtl: 21 } as const;
const IPPROTO_IPV6 = 41;
const ipv6 = { unicastHops: 16, v6only: 26, trafficClass: 67, minHopCount: 73 } as const;
const IPPROTO_TCP = 6;
const tcp = { noDelay: 1, md5Signature: 14, userTimeout: 18 } as const;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const SHUT_WR = 1;
/** Room for the address of either family. */
const addressBytes = 28;
/** Class selector 6, network control (RFC 2474, RFC 4594 3.2). */
const networkControl = 0xc0;
const waiting = new Set([-errnoOf('EAGAIN'), -errnoOf('EINTR')]);

/** The longest key of TCP-MD5, in octets (TCP_MD5SIG_MAXKEYLEN). */
export const longestMd5Key = 80;

/** What the packets of a connection are like. */
export interface TcpSettings {
  /** TTL or hop limit of those that are sent: 1..255. */
  readonly timeToLive: number;
  /** Those that arrive with a lower one are dropped (RFC 5082); undefined: none. 1..255. */
  readonly leastTimeToLive: number | undefined;
  /** All packets are signed with it, and those that are not are dropped: 1..80 octets. */
  readonly md5Key: Uint8Array | undefined;
  /** For how long what was sent may stay without an answer, in milliseconds; 0 for what the system does. */
  readonly userTimeout: number;
}

/** A connection, being made or made. */
export interface TcpSocket {
  readonly fd: number;
  /** The peer's end, and our own as it stands now. */
  readonly remote: SocketAddress;
  local(): SocketAddress;
  /** Once it can be written to: why the connection could not be made; undefined when it stands. */
  failure(): LinuxError | undefined;
  /** How many of the octets TCP takes now; undefined when it takes none. Throws a LinuxError when the connection is gone. */
  write(octets: Uint8Array): number | undefined;
  /** How many octets came into the buffer: 0 at the end of the stream, undefined when none wait. Throws a LinuxError as write does. */
  read(buffer: Uint8Array): number | undefined;
  /** Says that nothing more is to come. */
  endWriting(): void;
  /** Gives the descriptor back. `abort`: the peer is told with a RST, and what it was not yet sent is lost. */
  close(abort: boolean): void;
}

/** A socket that takes connections. */
export interface TcpListener {
  readonly fd: number;
  /** The next connection; undefined when none waits. Throws a LinuxError, as when descriptors have run out. */
  accept(): TcpSocket | undefined;
  /** Has connections of an address signed with a key, or unsigned ones taken again. Throws a LinuxError: ENOPROTOOPT, ENOMEM. */
  setMd5Key(address: Uint8Array, key: Uint8Array | undefined): void;
  close(): void;
}

/**
 * Begins to connect. Throws a LinuxError for what is known at once: EADDRNOTAVAIL (`from` is not ours), ENETUNREACH, ENOPROTOOPT (the kernel
 * has no TCP-MD5), ...
 *
 * @param from our address; undefined for what the kernel takes
 */
export function connectTcp(to: SocketAddress, from: Uint8Array | undefined, settings: TcpSettings): TcpSocket {
  const object = nameOf(to);
  const fd = check(socket(addressFamily(to.address), SOCK_STREAM_NONBLOCK_CLOEXEC, IPPROTO_TCP), 'open', object);
  try {
    applySettings(fd, to.address, settings);
    if (from) {
      const local = encodeSocketAddress({ address: from, port: 0, scope: to.scope });
      check(bind(fd, local), 'bind', object);
    }
    const result = connect(fd, encodeSocketAddress(to));
    if (result !== -errnoOf('EINPROGRESS')) check(result, 'connect', object);
  } catch (error) {
    close(fd);
    throw error;
  }
  return tcpSocket(fd, to);
}

/** Listens on an address, or on all of its family if it is all zeroes. Throws a LinuxError: EADDRINUSE, EADDRNOTAVAIL, EACCES, ... */
export function listenTcp(at: SocketAddress, backlog: number): TcpListener {
  const object = `TCP port ${at.port}`;
  const family = addressFamily(at.address);
  const fd = check(socket(family, SOCK_STREAM_NONBLOCK_CLOEXEC, IPPROTO_TCP), 'open', object);
  try {
    check(setsockoptInt(fd, SOL_SOCKET, SO_REUSEADDR, 1), 'set SO_REUSEADDR of', object);
    if (family === AF_INET6) check(setsockoptInt(fd, IPPROTO_IPV6, ipv6.v6only, 1), 'set IPV6_V6ONLY of', object);
    // The peer may be one that drops what comes from farther away; which one it is shows only when it has been answered.
    setTimeToLive(fd, at.address, 255);
    check(bind(fd, encodeSocketAddress(at)), 'bind', object);
    check(listen(fd, backlog), 'listen on', object);
  } catch (error) {
    close(fd);
    throw error;
  }
  const address = new Uint8Array(addressBytes);
  return {
    fd,
    accept() {
      for (;;) {
        const accepted = accept4(fd, address, SOCK_NONBLOCK_CLOEXEC);
        if (accepted >= 0) return tcpSocket(accepted, decodeSocketAddress(address));
        if (accepted === -errnoOf('EAGAIN')) return undefined;
        if (accepted !== -errnoOf('ECONNABORTED') && accepted !== -errnoOf('EINTR'))
          check(accepted, 'accept on', object);
      }
    },
    setMd5Key: (peer, key) => setMd5Key(fd, peer, key),
    close: () => void close(fd),
  };
}

/** Makes the packets of a connection that was accepted what they are to be. Throws a LinuxError. */
export function settleTcp({ fd, remote }: TcpSocket, settings: TcpSettings): void {
  applySettings(fd, remote.address, settings);
}

function nameOf({ address, port }: SocketAddress): string {
  return `TCP connection with ${formatIp(ipFromBytes(address))} port ${port}`;
}

function tcpSocket(fd: number, remote: SocketAddress): TcpSocket {
  const object = nameOf(remote);
  return {
    fd,
    remote,
    local() {
      const address = new Uint8Array(addressBytes);
      check(getsockname(fd, address), 'look at', object);
      return decodeSocketAddress(address);
    },
    failure() {
      const value = new Uint8Array(4);
      check(getsockopt(fd, SOL_SOCKET, SO_ERROR, value), 'look at', object);
      const errno = new DataView(value.buffer).getInt32(0, true);
      return errno === 0 ? undefined : new LinuxError({ errno, operation: 'connect', object });
    },
    write(octets) {
      const taken = send(fd, octets, octets.byteLength, MSG_DONTWAIT | MSG_NOSIGNAL);
      return waiting.has(taken) ? undefined : check(taken, 'write to', object);
    },
    read(buffer) {
      const length = recv(fd, buffer, MSG_DONTWAIT);
      return waiting.has(length) ? undefined : check(length, 'read from', object);
    },
    endWriting: () => void shutdown(fd, SHUT_WR),
    close(abort) {
      if (abort) setsockopt(fd, SOL_SOCKET, SO_LINGER, new Uint8Array(Int32Array.of(1, 0).buffer));
      close(fd);
    },
  };
}

function applySettings(fd: number, peer: Uint8Array, settings: TcpSettings): void {
  const object = 'TCP connection';
  const { timeToLive, leastTimeToLive, md5Key, userTimeout } = settings;
  if (md5Key) setMd5Key(fd, peer, md5Key);
  setTimeToLive(fd, peer, timeToLive);
  const four = peer.length === 4;
  if (leastTimeToLive !== undefined) {
    const [level, option] = four ? [IPPROTO_IP, ip.minTtl] : [IPPROTO_IPV6, ipv6.minHopCount];
    check(setsockoptInt(fd, level, option, leastTimeToLive), 'set the least TTL of', object);
  }
  setsockoptInt(fd, four ? IPPROTO_IP : IPPROTO_IPV6, four ? ip.tos : ipv6.trafficClass, networkControl);
  setsockoptInt(fd, IPPROTO_TCP, tcp.noDelay, 1);
  if (userTimeout > 0)
    check(setsockoptInt(fd, IPPROTO_TCP, tcp.userTimeout, userTimeout), 'set the timeout of', object);
}

/** The family of sockets for an address of that many bytes. */
function addressFamily(address: Uint8Array): number {
  return address.length === 4 ? AF_INET : AF_INET6;
}

function setTimeToLive(fd: number, peer: Uint8Array, timeToLive: number): void {
  const [level, option] = peer.length === 4 ? [IPPROTO_IP, ip.ttl] : [IPPROTO_IPV6, ipv6.unicastHops];
  check(setsockoptInt(fd, level, option, timeToLive), 'set the TTL of', 'TCP connection');
}

/** struct tcp_md5sig: 128 octets of address, flags, prefix length, u16 length of the key, interface, 80 octets of key. */
function setMd5Key(fd: number, peer: Uint8Array, key: Uint8Array | undefined): void {
  const signature = new Uint8Array(216);
  const view = new DataView(signature.buffer);
  signature.set(encodeSocketAddress({ address: peer, port: 0, scope: 0 }));
  view.setUint16(130, key?.byteLength ?? 0, true);
  if (key) signature.set(key, 136);
  const result = setsockopt(fd, IPPROTO_TCP, tcp.md5Signature, signature);
  signature.fill(0);
  if (!key && result === -errnoOf('ENOENT')) return; // there was none
  check(result, 'set the MD5 key of', 'TCP connection');
}
