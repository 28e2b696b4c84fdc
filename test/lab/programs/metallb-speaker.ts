/**
 * Runs on a node and is to a LAN what MetalLB's speaker is in layer 2 mode: where NODE is LEADER, it announces ADDRESS on eth0, and answers
 * each ARP request for it with the MAC of that NIC; elsewhere it is silent. arguments: NODE LEADER ADDRESS PORT. Takes connections on PORT once
 * it is ready. Ends on SIGTERM, and when its stdin does.
 */
import { createServer } from 'node:net';
import { ipToBytes, parseIp } from '../../../src/core/ip/address.js';
import { decodeNeighborFrame, encodeArpReply, encodeGratuitousArp } from '../../../src/core/wire/neighbor-frame.js';
import { equalOctets } from '../../../src/core/wire/octets.js';
import { openPacketSocket } from '../../../src/platform/linux/packet-socket.js';
import { openRtnetlink } from '../../../src/platform/linux/rtnetlink.js';

const [node = '', leader = '', text = '', port = ''] = process.argv.slice(2);

function announce(address: Uint8Array): void {
  const { index, mac } = openRtnetlink().link({ name: 'eth0' })!;
  const socket = openPacketSocket({ interfaceIndex: index, filter: 'neighbor', multicast: [] });
  const buffer = new Uint8Array(2048);
  const send = (frame: Uint8Array) => socket.send(frame, frame.length);
  send(encodeGratuitousArp({ mac, address, kind: 'reply' }));
  setInterval(() => {
    for (let length = socket.receive(buffer); length > 0; length = socket.receive(buffer)) {
      const decoded = decodeNeighborFrame(buffer, length);
      if (!decoded.ok || decoded.message.type !== 'arp') continue;
      const { operation, targetAddress, senderMac, senderAddress } = decoded.message;
      if (operation !== 'request' || !equalOctets(targetAddress, address)) continue;
      send(encodeArpReply({ mac, address, to: { mac: senderMac, address: senderAddress } }));
    }
  }, 1);
}

if (node === leader) announce(ipToBytes(parseIp(text)!));
createServer((socket) => socket.end()).listen(Number(port), '::', () => process.stdout.write('ready\n'));
process.on('SIGTERM', () => process.exit(0));
process.stdin.resume().on('end', () => process.exit(0));
