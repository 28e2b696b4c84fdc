/**
 * Runs on a client: sends UDP probes at a steady rate and reports each, and each answer, on stdout as JSON lines
 * `{ "sent": [[sequence, micros], …], "answered": [[sequence, micros, host], …] }`, about 50 times a second.
 * arguments: ADDRESS PORT PROBES-PER-SECOND [FLOWS]. `each`: every probe is a flow of its own, from a port of its own; else all are
 * one. Ends, 300 ms after the last probe, when its stdin does.
 */
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { monotonicMicros } from '../clock.js';

const [address = '', port = '', perSecond = '', flows = ''] = process.argv.slice(2);
const interval = 1_000_000 / Number(perSecond);
const patienceMs = 300;
const mostOwed = 50;
let sent: [number, number][] = [];
let answered: [number, number, string][] = [];
let sequence = 0;

/** Not connected: an answer counts from whichever address the host sends it. */
function openSocket(heard = () => {}): Socket {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  socket.on('message', (message) => {
    answered.push([message.readUInt32BE(0), monotonicMicros(), message.toString('utf8', 4)]);
    heard();
  });
  socket.on('error', () => {}); // no route, no neighbour: the probe is lost, which its missing answer says
  return socket;
}

const socket = openSocket();
socket.bind(0, () => {
  let due = monotonicMicros();
  const sending = setInterval(() => {
    // Timers come late on a busy machine. What they owe is sent at once, each probe with its true instant; but no more than a
    // responder's socket can hold, which would lose the rest.
    const now = monotonicMicros();
    due = Math.max(due, now - mostOwed * interval);
    for (; due <= now; due += interval) probe();
  }, 1);
  const reporting = setInterval(report, 20);
  process.stdin.resume().on('end', () => {
    clearInterval(sending);
    setTimeout(() => {
      clearInterval(reporting);
      report();
      socket.close();
    }, patienceMs);
  });
});

function probe(): void {
  const message = Buffer.alloc(4);
  message.writeUInt32BE(sequence);
  sent.push([sequence, monotonicMicros()]);
  sequence += 1;
  (flows === 'each' ? socketForOne() : socket).send(message, Number(port), address, () => {});
}

/** A socket that is gone when its probe is answered, or not answered any more. */
function socketForOne(): Socket {
  const own = openSocket(() => {
    clearTimeout(end);
    own.close();
  });
  const end = setTimeout(() => own.close(), patienceMs);
  return own;
}

function report(): void {
  if (sent.length === 0 && answered.length === 0) return;
  process.stdout.write(`${JSON.stringify({ sent, answered })}\n`);
  sent = [];
  answered = [];
}
