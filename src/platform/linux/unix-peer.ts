/**
 * Who listens on a Unix socket, as the kernel knows it: whoever is first may take an abstract name, whatever it says.
 *
 * Source: unix(7), SO_PEERCRED: of who called listen(2).
 */
import { check, errnoOf } from './errno.js';
import { close, connect, getsockopt, socket } from './sys.js';

const AF_UNIX = 1;
const SOCK_STREAM_NONBLOCK_CLOEXEC = 1 | 0o4000 | 0o2000000;
const SOL_SOCKET = 1;
const SO_PEERCRED = 17;

/**
 * struct sockaddr_un. All octets of an abstract name count: Node 20 (libuv) makes it as long as the structure, with zero octets, Node 24 as
 * long as it is.
 */
function addresses(path: string): readonly Uint8Array[] {
  const whole = Buffer.alloc(110);
  whole.writeUInt16LE(AF_UNIX, 0);
  const length = whole.write(path, 2);
  return path.startsWith('\0') ? [whole.subarray(0, 2 + length), whole] : [whole];
}

export interface UnixPeer {
  /** 0 when it is in a PID namespace that cannot be seen from here. */
  readonly pid: number;
  readonly uid: number;
}

/** @param path of the socket; begins with a zero byte when it is an abstract name. Undefined when nobody listens there. Throws a LinuxError. */
export function unixPeer(path: string): UnixPeer | undefined {
  const name = `Unix socket ${path.replaceAll('\0', '@')}`;
  for (const address of addresses(path)) {
    const peer = peerAt(address, name);
    if (peer !== undefined) return peer;
  }
  return undefined;
}

function peerAt(address: Uint8Array, name: string): UnixPeer | undefined {
  const fd = check(socket(AF_UNIX, SOCK_STREAM_NONBLOCK_CLOEXEC, 0), 'open', name);
  try {
    const connected = connect(fd, address);
    if (connected === -errnoOf('ECONNREFUSED') || connected === -errnoOf('ENOENT')) return undefined;
    check(connected, 'connect to', name);
    const credentials = new Uint8Array(12); // struct ucred { pid_t pid; uid_t uid; gid_t gid; }
    check(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, credentials), 'ask who listens on', name);
    const view = new DataView(credentials.buffer);
    return { pid: view.getInt32(0, true), uid: view.getUint32(4, true) };
  } finally {
    close(fd);
  }
}
