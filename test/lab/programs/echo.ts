/**
 * Says on each connection what it hears, and to datagrams as well. argument: PORT. Prints `ready`. Ends when its stdin does.
 * It shares the machine with what is measured: whatever came within a millisecond is answered together, at two system calls each.
 */

import { createSocket } from 'node:dgram';
import { LinuxError } from '../../../src/platform/linux/errno.js';
import { openPoller } from '../../../src/platform/linux/poller.js';
import { anyAddress } from '../../../src/platform/linux/socket-address.js';
import { listenTcp, type TcpSocket } from '../../../src/platform/linux/tcp-socket.js';

const port = Number(process.argv[2]);
const poller = openPoller();
const heard = Buffer.alloc(65_536);

function take(socket: TcpSocket): void {
  poller.add(socket.fd, () => {
    try {
      const length = socket.read(heard);
      if (length === undefined) return;
      if (length > 0) return void socket.write(heard.subarray(0, length)); // what TCP does not take is lost: nobody says so much
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error; // whoever was there is gone
    }
    poller.remove(socket.fd);
    socket.close(false);
  });
}

for (const family of [4, 6] as const) {
  const listener = listenTcp({ address: anyAddress(family), port, scope: 0 }, 4_096);
  poller.add(listener.fd, () => {
    for (let socket = listener.accept(); socket !== undefined; socket = listener.accept()) take(socket);
  });
}

const datagrams = createSocket({ type: 'udp6', ipv6Only: false });
datagrams.on('message', (message, from) => datagrams.send(message, from.port, from.address, () => {}));
datagrams.bind(port, '::');

function serve(): void {
  poller.wait(10_000);
  setTimeout(serve, 1);
}
serve();
process.stdout.write('ready\n');
process.stdin.resume().on('end', () => process.exit(0));
