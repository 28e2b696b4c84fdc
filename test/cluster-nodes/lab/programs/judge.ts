/**
 * Runs on a client: asks each target at a steady rate, each time by a flow of its own (a UDP packet from a new port, a TCP connection
 * with an HTTP request), and reports on stdout as JSON lines
 * `{ "target": NAME, "sent": [[sequence, micros], …], "answered": [[sequence, micros, by, client], …] }`, about 20 times a second. `by`
 * is who answered, `client` the client's address as that one saw it (TCP only).
 * arguments: PER-SECOND PATIENCE-MS NAME=udp|tcp:PORT:ADDRESS …. Ends when its stdin does.
 */
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import { monotonicMicros } from '../../../lab/clock.js';

const [perSecond = '', patience = '', ...targets] = process.argv.slice(2);
const patienceMs = Number(patience);
type Heard = (by: string, client?: string) => void;
type Ask = (sequence: number, heard: Heard) => void;

function askByUdp(address: string, port: number): Ask {
  return (sequence, heard) => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    const end = setTimeout(() => socket.close(), patienceMs);
    socket.on('error', () => {}); // no route, no neighbour, nobody listens: the missing answer says so
    socket.on('message', (answer) => {
      clearTimeout(end);
      socket.close();
      heard(answer.toString('utf8', 4));
    });
    const message = Buffer.alloc(4);
    message.writeUInt32BE(sequence);
    socket.send(message, port, address, () => {});
  };
}

function askByTcp(address: string, port: number): Ask {
  return (_, heard) => {
    const socket = connect({ host: address, port, noDelay: true });
    const end = setTimeout(() => socket.destroy(), patienceMs);
    let text = '';
    socket.on('error', () => {});
    socket.on('connect', () => socket.write('GET / HTTP/1.0\r\n\r\n'));
    socket.setEncoding('utf8').on('data', (data) => {
      text += data;
    });
    socket.on('close', () => {
      clearTimeout(end);
      const [, by, client] = /\r\n\r\n(\S+) answers for .* to (?:::ffff:)?(\S+)\n$/.exec(text) ?? [];
      if (by !== undefined) heard(by, client);
    });
  };
}

function watch(target: string, startsInMs: number): void {
  const [, name = '', protocol = '', port = '', address = ''] = /^(.+)=(udp|tcp):(\d+):(.+)$/.exec(target) ?? [];
  const ask = (protocol === 'udp' ? askByUdp : askByTcp)(address, Number(port));
  const everyMicros = 1_000_000 / Number(perSecond);
  let sent: [number, number][] = [];
  let answered: [number, number, string, string | undefined][] = [];
  let sequence = 0;
  let due = monotonicMicros() + startsInMs * 1000;
  setInterval(() => {
    const now = monotonicMicros();
    due = Math.max(due, now - 3 * everyMicros); // a busy machine is not to be asked all that it owes at once
    for (; due <= now; due += everyMicros) {
      const asked = sequence++;
      sent.push([asked, now]);
      ask(asked, (by, client) => answered.push([asked, monotonicMicros(), by, client]));
    }
  }, 2);
  setInterval(() => {
    if (sent.length === 0 && answered.length === 0) return;
    process.stdout.write(`${JSON.stringify({ target: name, sent, answered })}\n`);
    sent = [];
    answered = [];
  }, 50);
}

for (const [at, target] of targets.entries()) watch(target, (1000 / Number(perSecond) / targets.length) * at);
process.stdin.resume().on('end', () => process.exit(0));
