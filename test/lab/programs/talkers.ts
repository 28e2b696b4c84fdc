/**
 * Holds connections open and says something on each, twenty times a second, to whoever says it back. arguments: COUNT PORT ADDRESS…, of which
 * each has as many connections. Prints a line of JSON each 100 ms: what became of them.
 * A line `new` on its stdin opens one more to each address; it ends when its stdin does.
 */
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

const [count = '', port = '', ...addresses] = process.argv.slice(2);
const everyMs = 50;

interface Talk {
  readonly address: string;
  readonly socket: Socket;
  said: number;
  heard: number;
  /** When what was not said back yet was said. */
  waitingSince: number | undefined;
  broken: string | undefined;
}

const talks: Talk[] = [];
let open = 0;
let longest = 0;

function begin(address: string): void {
  const socket = connect({ host: address, port: Number(port), noDelay: true });
  const talk: Talk = { address, socket, said: 0, heard: 0, waitingSince: undefined, broken: undefined };
  talks.push(talk);
  socket.on('connect', () => {
    open++;
    const timer = setInterval(() => {
      if (talk.broken !== undefined) return clearInterval(timer);
      socket.write('x'.repeat(64));
      talk.said += 64;
      talk.waitingSince ??= performance.now();
    }, everyMs);
  });
  socket.on('data', (data) => {
    talk.heard += data.length;
    if (talk.waitingSince !== undefined) longest = Math.max(longest, performance.now() - talk.waitingSince);
    talk.waitingSince = talk.heard < talk.said ? performance.now() : undefined;
  });
  socket.on('error', (error) => {
    talk.broken ??= (error as NodeJS.ErrnoException).code ?? error.message;
  });
  socket.on('close', () => {
    talk.broken ??= 'closed';
  });
}

function report(): void {
  const now = performance.now();
  for (const { broken, waitingSince } of talks)
    if (broken === undefined && waitingSince !== undefined) longest = Math.max(longest, now - waitingSince);
  const broken = talks.filter((talk) => talk.broken !== undefined).map(({ address, broken }) => `${address} ${broken}`);
  const silent = talks.filter(
    ({ broken, waitingSince }) => broken === undefined && waitingSince !== undefined && now - waitingSince > 300,
  ).length;
  const heard = talks.reduce((sum, talk) => sum + talk.heard, 0);
  process.stdout.write(
    `${JSON.stringify({ open, broken, silent, longestMs: Math.round(longest * 10) / 10, heard })}\n`,
  );
}

for (const address of addresses) for (let n = 0; n < Number(count); n++) begin(address);
setInterval(report, 100);
createInterface({ input: process.stdin })
  .on('line', (line) => {
    if (line === 'new') for (const address of addresses) begin(address);
    if (line === 'forget') longest = 0;
  })
  .on('close', () => {
    report();
    process.exit(0);
  });
