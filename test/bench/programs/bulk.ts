/**
 * One end of a connection that carries as much as it can. arguments: `sink PORT`, which takes in what comes and prints `ready`, or
 * `send ADDRESS PORT`, which prints each 100 ms how many bytes TCP has taken, and `broken CODE` when the connection ends. Ends when its stdin does.
 */
import { connect, createServer } from 'node:net';

const [role, ...rest] = process.argv.slice(2);
process.stdin.resume().on('end', () => process.exit(0));

if (role === 'sink') {
  createServer((socket) => socket.on('error', () => {}).resume()).listen(Number(rest[0]), '::', () =>
    process.stdout.write('ready\n'),
  );
} else {
  const [host = '', port = ''] = rest;
  const socket = connect({ host, port: Number(port) });
  const block = Buffer.alloc(1 << 18, 'x');
  const fill = () => {
    while (!socket.destroyed && socket.write(block));
  };
  socket.on('drain', fill).on('connect', fill);
  socket.on('error', (error: NodeJS.ErrnoException) => process.stdout.write(`broken ${error.code}\n`));
  setInterval(() => process.stdout.write(`${socket.bytesWritten - socket.writableLength}\n`), 100);
}
