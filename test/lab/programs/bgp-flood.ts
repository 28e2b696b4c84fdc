/**
 * A router that floods: it takes one BGP session after the other on port 179 and announces routes for as long as TCP takes them, the same
 * ones again and again. Once a second it says how many it has sent.
 *
 * argument: ADDRESS to flap instead: each session, those that come and those that it makes itself with that speaker, ends without a word
 * after 65 536 routes, and the next one follows at once. It says how often it has ended one.
 */
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { encodeKeepalive } from '../../../src/core/wire/bgp/message.js';
import { encodeOpen } from '../../../src/core/wire/bgp/open.js';
import { prefixOf } from '../../../src/core/wire/bgp/prefix.js';
import { encodeAnnouncements } from '../../../src/core/wire/bgp/update-packing.js';

const as = 65000;
const port = 179;
const flapped = process.argv[2];
const identifier = flapped === undefined ? 0x0a4d_0001 : 0x0a4d_0002;
const routes = Array.from({ length: 65_536 }, (_, i) => prefixOf([172, 16, i >> 8, i & 255], 32));
const attributes = { origin: 'igp', asPath: [{ type: 'sequence', numbers: [as] }] } as const;
const updates = Buffer.concat(encodeAnnouncements(routes, Uint8Array.of(10, 77, 0, 1), attributes, true));
let told = 0;

function greet(socket: Socket): void {
  socket.on('error', () => {});
  socket.write(
    encodeOpen({
      type: 'open',
      as,
      holdTime: 90,
      identifier,
      capabilities: [
        { type: 'multiprotocol', afi: 1, safi: 1 },
        { type: 'four-octet-as', as },
      ],
    }),
  );
  socket.write(encodeKeepalive());
}

function flood(socket: Socket): void {
  const go = () => {
    while (!socket.destroyed) {
      told += routes.length;
      if (!socket.write(updates)) break;
    }
  };
  socket.once('data', go);
  socket.on('drain', go);
}

function flap(socket: Socket): void {
  socket.once('data', () =>
    socket.write(updates, () => {
      told += 1;
      socket.destroy();
    }),
  );
}

createServer((socket) => {
  greet(socket);
  (flapped === undefined ? flood : flap)(socket);
}).listen(port, () => process.stdout.write('ready\n'));

setInterval(() => process.stdout.write(`${told}\n`), 1000);

while (flapped !== undefined) {
  const socket = connect(port, flapped);
  greet(socket);
  flap(socket);
  await Promise.race([new Promise((resolve) => socket.once('close', resolve)), wait(1000)]);
  socket.destroy();
  await wait(5);
}
