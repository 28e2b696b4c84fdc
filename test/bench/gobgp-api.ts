import { type ClientHttp2Session, connect } from 'node:http2';
import { connect as connectSocket } from 'node:net';

/**
 * GoBGP 3's gRPC API, as far as a benchmark needs it: its command takes one path a call, or drops some of those of a file, and then it would be
 * the command that is measured.
 *
 * Source: GoBGP api/gobgp.proto (AddPathStream), protobuf's encoding, gRPC over HTTP/2.
 */
export interface GobgpApi {
  /** Of announcements or withdrawals of routes: what `tell` sends. */
  request(prefixes: readonly string[], nextHop: string, withdrawn: boolean): Uint8Array;
  /** Sends it, all in one message; resolves when GoBGP has taken it. */
  tell(request: Uint8Array): Promise<void>;
  close(): void;
}

/** @param socket the path of its Unix socket */
export function openGobgpApi(socket: string): GobgpApi {
  const session = connect('http://localhost', { createConnection: () => connectSocket(socket) });
  return {
    request: (prefixes, nextHop, withdrawn) => {
      const paths = prefixes.map((prefix) => Buffer.from(bytes(3, pathOf(prefix, nextHop, withdrawn))));
      const length = Buffer.alloc(5);
      length.writeUInt32BE(
        paths.reduce((sum, path) => sum + path.length, 0),
        1,
      );
      return Buffer.concat([length, ...paths]);
    },
    tell: (request) => post(session, request),
    close: () => session.close(),
  };
}

function post(session: ClientHttp2Session, request: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': '/apipb.GobgpApi/AddPathStream',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    let status: unknown;
    for (const event of ['response', 'trailers'] as const)
      stream.on(event, (headers) => {
        status ??= headers['grpc-status'];
      });
    stream.resume();
    stream.on('error', reject);
    stream.on('close', () => (status === '0' ? resolve() : reject(new Error(`GoBGP answers with status ${status}`))));
    stream.end(request);
  });
}

/** apipb.Path: is_withdraw, family, nlri_binary, pattrs_binary. */
function pathOf(prefix: string, nextHop: string, withdrawn: boolean): readonly number[] {
  const [address = '', length] = prefix.split('/');
  const four = (text: string) => text.split('.').map(Number);
  const attributes = [
    [0x40, 1, 1, 0],
    [0x40, 2, 0],
    [0x40, 3, 4, ...four(nextHop)],
  ];
  return [
    ...number(5, withdrawn ? 1 : 0),
    ...bytes(9, [...number(1, 1), ...number(2, 1)]),
    ...bytes(20, [Number(length), ...four(address)]),
    ...attributes.flatMap((attribute) => bytes(21, attribute)),
  ];
}

function bytes(field: number, value: readonly number[]): readonly number[] {
  return [...varint((field << 3) | 2), ...varint(value.length), ...value];
}

function number(field: number, value: number): readonly number[] {
  return [...varint(field << 3), ...varint(value)];
}

function varint(value: number): readonly number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}
