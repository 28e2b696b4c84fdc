/**
 * Sends segments of TCP in the middle of connections that nobody has, from 30 000 ports of a client, as fast as it can.
 * arguments: OWN-ADDRESS ADDRESS PORT MAC SECONDS HOP-LIMIT, on eth0. Prints how many went out, within how many seconds.
 */
import { ipToBytes, parseIp } from '../../../src/core/ip/address.js';
import { internetChecksum, pseudoHeaderSum } from '../../../src/core/wire/checksum.js';
import { openPacketSocket } from '../../../src/platform/linux/packet-socket.js';
import { openRtnetlink } from '../../../src/platform/linux/rtnetlink.js';
import { monotonicMicros } from '../clock.js';

const [own = '', address = '', port = '', mac = '', seconds = '', hopLimit = ''] = process.argv.slice(2);
const link = openRtnetlink().link({ name: 'eth0' })!;
const socket = openPacketSocket({ interfaceIndex: link.index, filter: 'neighbor', multicast: [] });

/** Ethernet, IPv4 and TCP with nothing but ACK. */
function segmentFrom(clientPort: number): Uint8Array {
  const frame = Buffer.alloc(54);
  frame.write(mac.replaceAll(':', ''), 0, 'hex');
  frame.set(link.mac, 6);
  frame.writeUInt16BE(0x0800, 12);
  frame.set([0x45, 0, 0, 40, 0, 0, 0x40, 0, Number(hopLimit), 6], 14);
  frame.set(ipToBytes(parseIp(own)!), 26);
  frame.set(ipToBytes(parseIp(address)!), 30);
  frame.writeUInt16BE(internetChecksum(frame, 14, 20), 24);
  frame.writeUInt16BE(clientPort, 34);
  frame.writeUInt16BE(Number(port), 36);
  frame.writeUInt32BE(clientPort * 7_919, 38);
  frame.writeUInt32BE(clientPort * 104_729, 42);
  frame.set([0x50, 0x10, 0x20, 0], 46);
  frame.writeUInt16BE(internetChecksum(frame, 34, 20, pseudoHeaderSum(frame, 26, 4, 6, 20)), 50);
  return frame;
}

/** From ports below those of the client's own connections. */
const all = Array.from({ length: 30_000 }, (_, n) => segmentFrom(1_024 + n));
const begin = monotonicMicros();
const end = begin + Number(seconds) * 1_000_000;
let sent = 0;
while (monotonicMicros() < end)
  for (let burst = 0; burst < 100; burst++) if (socket.send(all[sent % all.length]!, 54) === 0) sent++;
process.stdout.write(`${JSON.stringify({ sent, seconds: (monotonicMicros() - begin) / 1_000_000 })}\n`);
process.exit(0);
