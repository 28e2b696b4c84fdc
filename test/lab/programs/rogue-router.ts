/**
 * A router that nobody configured: connects to port 179 of each address, again and again, says OPEN as the router that is expected, a route
 * of its own to the prefix, and octets that are no message. arguments: ADDRESSES PREFIX SECONDS. Prints how many connections a second.
 */
import { connect } from 'node:net';
import { encodeKeepalive } from '../../../src/core/wire/bgp/message.js';
import { encodeOpen } from '../../../src/core/wire/bgp/open.js';
import { prefixOf } from '../../../src/core/wire/bgp/prefix.js';
import { encodeAnnouncements } from '../../../src/core/wire/bgp/update-packing.js';

const [addresses = '', prefix = '', seconds = ''] = process.argv.slice(2);
const as = 64_513;
const [network = ''] = prefix.split('/');
const said = Buffer.concat([
  encodeOpen({
    ...{ type: 'open', as, holdTime: 90, identifier: 0x0a4d_0001 },
    capabilities: [{ type: 'multiprotocol', afi: 1, safi: 1 }],
  }),
  encodeKeepalive(),
  ...encodeAnnouncements(
    [prefixOf(network.split('.').map(Number), 32)],
    Uint8Array.of(10, 77, 0, 66),
    { origin: 'igp', asPath: [{ type: 'sequence', numbers: [as] }] },
    true,
  ),
  Buffer.alloc(4096, 0xff),
]);
let opened = 0;
let over = false;

function knock(address: string): void {
  const socket = connect(179, address, () => {
    opened += 1;
    socket.write(said);
  });
  socket.on('error', () => {});
  socket.on('data', () => {});
  socket.setTimeout(200, () => socket.destroy());
  socket.on('close', () => {
    if (!over) setImmediate(knock, address);
  });
}

for (const address of addresses.split(',')) for (let i = 0; i < 50; i++) knock(address);
setTimeout(() => {
  over = true;
  process.stdout.write(`${opened / Number(seconds)}\n`, () => process.exit(0));
}, Number(seconds) * 1000);
