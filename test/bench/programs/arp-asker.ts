/**
 * Asks for addresses by ARP until somebody answers. argument: this host's own IPv4 address, on eth0. Each line on stdin is an address;
 * for each it prints `asking` once nobody has answered ten requests, then the instant of the first reply in microseconds. A
 * request goes out every two milliseconds. Ends when its stdin does.
 */
import { setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { ipToBytes, parseIp } from '../../../src/core/ip/address.js';
import { encodeArp } from '../../../src/core/wire/arp.js';
import { broadcastMac } from '../../../src/core/wire/mac.js';
import { decodeNeighborFrame } from '../../../src/core/wire/neighbor-frame.js';
import { equalOctets } from '../../../src/core/wire/octets.js';
import { openPacketSocket } from '../../../src/platform/linux/packet-socket.js';
import { openPoller } from '../../../src/platform/linux/poller.js';
import { openRtnetlink } from '../../../src/platform/linux/rtnetlink.js';
import { monotonicMicros } from '../../lab/clock.js';

const everyMicros = 2000;
const silentRequests = 10;

// What measures must not wait for what is measured.
setPriority(-15);
const own = ipToBytes(parseIp(process.argv[2] ?? '')!);
const link = openRtnetlink()
  .links()
  .find(({ name }) => name === 'eth0')!;
const socket = openPacketSocket({ interfaceIndex: link.index, filter: 'neighbor', multicast: [] });
const poller = openPoller();
const buffer = new Uint8Array(2048);
poller.add(socket.fd, () => {});

/** Blocks this thread: waiting for a timer of the event loop would cost a millisecond of precision. */
function ask(address: Uint8Array): number {
  const request = encodeArp({
    operation: 'request',
    senderMac: link.mac,
    senderAddress: own,
    targetMac: new Uint8Array(6),
    targetAddress: address,
    destinationMac: broadcastMac(),
  });
  let nextAt = monotonicMicros();
  for (let sent = 0; ; ) {
    for (let length = socket.receive(buffer); length > 0; length = socket.receive(buffer)) {
      if (isReply(buffer, length, address)) return monotonicMicros();
    }
    const now = monotonicMicros();
    if (now >= nextAt) {
      socket.send(request, request.length);
      sent += 1;
      nextAt = now + everyMicros;
      if (sent === silentRequests) process.stdout.write('asking\n');
    }
    poller.wait(nextAt - now);
  }
}

function isReply(frame: Uint8Array, length: number, address: Uint8Array): boolean {
  const decoded = decodeNeighborFrame(frame, length);
  if (!decoded.ok || decoded.message.type !== 'arp') return false;
  const { operation, senderAddress, targetMac } = decoded.message;
  return operation === 'reply' && equalOctets(senderAddress, address) && equalOctets(targetMac, link.mac);
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${ask(ipToBytes(parseIp(line)!))}\n`);
}
process.exit(0);
