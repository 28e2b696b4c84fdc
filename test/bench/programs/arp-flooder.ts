/**
 * Sends ARP requests at a steady rate, for virtual addresses and foreign ones mixed, and measures how long each answer takes.
 * arguments: OWN-ADDRESS PER-SECOND SECONDS VIRTUAL FOREIGN, the last two comma lists of addresses, on eth0. Prints
 * `{ "asked", "foreignAsked", "foreignAnswered", "micros": [for each answered request for a virtual address] }`.
 */
import { setPriority } from 'node:os';
import { ipToBytes, parseIp } from '../../../src/core/ip/address.js';
import { encodeArp } from '../../../src/core/wire/arp.js';
import { broadcastMac } from '../../../src/core/wire/mac.js';
import { openPacketSocket } from '../../../src/platform/linux/packet-socket.js';
import { openPoller } from '../../../src/platform/linux/poller.js';
import { openRtnetlink } from '../../../src/platform/linux/rtnetlink.js';
import { monotonicMicros } from '../../lab/clock.js';

const [own = '', perSecond = '', seconds = '', virtual = '', foreign = ''] = process.argv.slice(2);
const bytes = (text: string) => ipToBytes(parseIp(text)!);
setPriority(-15);
const link = openRtnetlink()
  .links()
  .find(({ name }) => name === 'eth0')!;
const socket = openPacketSocket({ interfaceIndex: link.index, filter: 'neighbor', multicast: [] });
const poller = openPoller();
poller.add(socket.fd, () => {});

/** Asked in turn; an answer is known by its address. */
const questions = [
  ...virtual.split(',').map((address) => ({ address: bytes(address), isForeign: false })),
  ...foreign.split(',').map((address) => ({ address: bytes(address), isForeign: true })),
].map((question) => ({
  ...question,
  key: keyOf(question.address, 0),
  /** When it was asked and not answered yet. */
  askedAt: 0,
  frame: encodeArp({
    operation: 'request',
    senderMac: link.mac,
    senderAddress: bytes(own),
    targetMac: new Uint8Array(6),
    targetAddress: question.address,
    destinationMac: broadcastMac(),
  }),
}));
const byKey = new Map(questions.map((question) => [question.key, question]));
const buffer = new Uint8Array(2048);
const micros: number[] = [];
const replyOperationAt = 21;
const senderAddressAt = 28;
let asked = 0;
let foreignAsked = 0;
let foreignAnswered = 0;

function keyOf(frame: Uint8Array, at: number): number {
  return new DataView(frame.buffer, frame.byteOffset + at, 4).getUint32(0);
}

function hear(): void {
  for (let length = socket.receive(buffer); length > 0; length = socket.receive(buffer)) {
    if (buffer[12] !== 0x08 || buffer[13] !== 0x06 || buffer[replyOperationAt] !== 2) continue;
    const question = byKey.get(keyOf(buffer, senderAddressAt));
    if (question === undefined || question.askedAt === 0) continue;
    if (question.isForeign) foreignAnswered += 1;
    else micros.push(monotonicMicros() - question.askedAt);
    question.askedAt = 0;
  }
}

const interval = 1_000_000 / Number(perSecond);
const begin = monotonicMicros();
const end = begin + Number(seconds) * 1_000_000;
let next = 0;
for (let due = begin; due < end; ) {
  const now = monotonicMicros();
  for (; due <= now && due < end; due += interval) {
    const question = questions[next % questions.length]!;
    next += 1;
    question.askedAt = monotonicMicros();
    if (socket.send(question.frame, question.frame.length) !== 0) continue;
    if (question.isForeign) foreignAsked += 1;
    else asked += 1;
    hear();
  }
  poller.wait(Math.max(0, due - monotonicMicros()));
  hear();
}
const until = monotonicMicros() + 300_000;
while (monotonicMicros() < until) {
  poller.wait(10_000);
  hear();
}
process.stdout.write(`${JSON.stringify({ asked, foreignAsked, foreignAnswered, micros })}\n`);
process.exit(0);
