/**
 * A router that floods: it takes one BGP session after the other on port 179 and announces routes for as long as TCP takes them, the same
 * ones again and again. Once a second it says how many it has sent.
 */
import { createServer } from 'node:net';
import { encodeKeepalive } from '../../../src/core/wire/bgp/message.js';
import { encodeOpen } from '../../../src/core/wire/bgp/open.js';
import { encodeAnnouncements } from '../../../src/core/wire/bgp/update-packing.js';

const as = 65000;
const routes = Array.from({ length: 65_536 }, (_, i) => ({
  address: Uint8Array.of(172, 16, i >> 8, i & 255),
  length: 32,
}));
const attributes = { origin: 'igp', asPath: [{ type: 'sequence', numbers: [as] }] } as const;
const updates = Buffer.concat(encodeAnnouncements(routes, Uint8Array.of(10, 77, 0, 1), attributes, true));
let sent = 0;

createServer((socket) => {
  socket.on('error', () => {});
  socket.write(
    encodeOpen({
      type: 'open',
      as,
      holdTime: 90,
      identifier: 0x0a4d_0001,
      capabilities: [
        { type: 'multiprotocol', afi: 1, safi: 1 },
        { type: 'four-octet-as', as },
      ],
    }),
  );
  socket.write(encodeKeepalive());
  const flood = () => {
    while (!socket.destroyed) {
      sent += routes.length;
      if (!socket.write(updates)) break;
    }
  };
  socket.once('data', flood);
  socket.on('drain', flood);
}).listen(179, () => process.stdout.write('ready\n'));

setInterval(() => process.stdout.write(`${sent}\n`), 1000);
