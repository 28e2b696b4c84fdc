/**
 * Somebody on the LAN with a packet capture and a packet generator. Prints every advert that it hears on eth0, and sends every frame
 * that it is given, both as a line of hexadecimal digits. Ends when its stdin does.
 */
import { createInterface } from 'node:readline';
import { openPacketSocket } from '../../../src/platform/linux/packet-socket.js';
import { openRtnetlink } from '../../../src/platform/linux/rtnetlink.js';

const rtnetlink = openRtnetlink();
const interfaceIndex = rtnetlink.links().find(({ name }) => name === 'eth0')!.index;
rtnetlink.close();
const multicast = ['01005e000012', '333300000012'].map((mac) => Buffer.from(mac, 'hex'));
const socket = openPacketSocket({ interfaceIndex, filter: 'vrrp', multicast });
const buffer = Buffer.alloc(2048);

setInterval(() => {
  for (let length = socket.receive(buffer); length > 0; length = socket.receive(buffer))
    process.stdout.write(`${buffer.toString('hex', 0, length)}\n`);
}, 2);
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const frame = Buffer.from(line, 'hex');
    socket.send(frame, frame.length);
  })
  .on('close', () => process.exit(0));
process.stdout.write('ready\n');
