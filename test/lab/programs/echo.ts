/** Says on each connection what it hears. argument: PORT. Prints `ready`. Ends when its stdin does. */
import { createServer } from 'node:net';

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {}); // whoever was there is gone
  socket.pipe(socket);
});
server.listen({ port: Number(process.argv[2]), host: '::', backlog: 4096 }, () => process.stdout.write('ready\n'));
process.stdin.resume().on('end', () => process.exit(0));
