/**
 * A packet generator: sends the frames of a file in turn on eth0, again and again, at a steady rate, past the queueing discipline.
 * arguments: FILE PER-SECOND SECONDS; the file has a frame in hexadecimal digits on each line. Prints `{ "sent", "seconds" }`.
 *
 * Many frames at a time by sendmmsg(2), since a call for each would cost more than the storm. Source: packet(7), sendmmsg(2).
 */
import { readFileSync } from 'node:fs';
import koffi from 'koffi';
import { openPacketSocket } from '../../../src/platform/linux/packet-socket.js';
import { openRtnetlink } from '../../../src/platform/linux/rtnetlink.js';
import { setsockoptInt } from '../../../src/platform/linux/sys.js';
import { monotonicMicros } from '../clock.js';

const sendmmsg = koffi.load(null).func('int sendmmsg(int, uintptr_t, uint32_t, int)');
const SOL_SOCKET = 1;
const SO_SNDBUFFORCE = 32;
const SOL_PACKET = 263;
const PACKET_QDISC_BYPASS = 20;
/** struct mmsghdr { struct msghdr; u32 length; hole of 4 bytes }, with the one struct iovec that it names behind all of them. */
const headerLength = 64;
const iovecLength = 16;
const mostAtOnce = 128;

const [file = '', perSecond = '', seconds = ''] = process.argv.slice(2);
const frames = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .map((line) => Buffer.from(line, 'hex'));
const link = openRtnetlink().link({ name: 'eth0' })!;
const socket = openPacketSocket({ interfaceIndex: link.index, filter: 'vrrp', multicast: [] });
setsockoptInt(socket.fd, SOL_PACKET, PACKET_QDISC_BYPASS, 1);
setsockoptInt(socket.fd, SOL_SOCKET, SO_SNDBUFFORCE, 4 << 20);

const bytes = new Uint8Array(new ArrayBuffer(frames.reduce((sum, { length }) => sum + length, 0)));
const headers = new DataView(new ArrayBuffer(frames.length * (headerLength + iovecLength)));
const bytesAt = koffi.address(bytes);
const headersAt = koffi.address(new Uint8Array(headers.buffer));
let offset = 0;
for (const [i, frame] of frames.entries()) {
  bytes.set(frame, offset);
  const iovec = frames.length * headerLength + i * iovecLength;
  headers.setBigUint64(iovec, bytesAt + BigInt(offset), true);
  headers.setBigUint64(iovec + 8, BigInt(frame.length), true);
  headers.setBigUint64(i * headerLength + 16, headersAt + BigInt(iovec), true);
  headers.setBigUint64(i * headerLength + 24, 1n, true);
  offset += frame.length;
}

const asleep = new Int32Array(new SharedArrayBuffer(4));
const begin = monotonicMicros();
const end = begin + Number(seconds) * 1_000_000;
let sent = 0;
let next = 0;
for (let now = begin; now < end; now = monotonicMicros()) {
  const due = Math.floor(((now - begin) * Number(perSecond)) / 1_000_000) + 1 - sent;
  if (due <= 0) {
    Atomics.wait(asleep, 0, 0, 0.5);
    continue;
  }
  const count = Math.min(due, mostAtOnce, frames.length - next);
  const taken = sendmmsg(socket.fd, headersAt + BigInt(next * headerLength), count, 0) as number;
  if (taken < 0)
    next += 1; // longer than the link takes, or its queue is full: the next one
  else {
    sent += taken;
    next += taken;
  }
  if (next >= frames.length) next = 0;
}
process.stdout.write(`${JSON.stringify({ sent, seconds: (monotonicMicros() - begin) / 1_000_000 })}\n`);
process.exit(0);
