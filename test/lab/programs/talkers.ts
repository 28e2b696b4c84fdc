/**
 * Holds connections open and says something on each, so often, to whoever says it back. arguments: COUNT PORT MILLISECONDS ADDRESS…, of which
 * each address has as many connections. Prints a line of JSON each 100 ms: what became of them (`Talks` in ../talkers.ts).
 * A line `new` on its stdin opens one more to each address, `forget` begins to measure anew; it ends when its stdin does.
 *
 * A thousand of them share the machine with what is measured, so each costs two system calls to say something and to hear it back, and
 * nothing else: no event loop, no stream.
 */
import { createInterface } from 'node:readline';
import { ipToBytes, parseIp } from '../../../src/core/ip/address.js';
import { LinuxError } from '../../../src/platform/linux/errno.js';
import { connectTcp, type TcpSocket } from '../../../src/platform/linux/tcp-socket.js';
import { longSilenceMs, type Talks } from '../talkers.js';

const [count = '', port = '', every = '', ...addresses] = process.argv.slice(2);
const everyMs = Number(every);
/** Connections take turns, so that a tenth of them speaks at once. */
const parts = 10;
const said = Buffer.alloc(64, 'x');
const heard = Buffer.alloc(65_536);
const settings = { timeToLive: 64, leastTimeToLive: undefined, md5Key: undefined, userTimeout: 0 };

interface Talk {
  readonly address: string;
  readonly socket: TcpSocket;
  readonly port: number;
  open: boolean;
  said: number;
  heard: number;
  /** When what was not said back yet was said. */
  waitingSince: number | undefined;
  longestMs: number;
  broken: string | undefined;
}

const talks: Talk[] = [];
let latestMs = 0;

function begin(address: string): void {
  const to = { address: ipToBytes(parseIp(address)!), port: Number(port), scope: 0 };
  const socket = connectTcp(to, undefined, settings);
  talks.push({
    address,
    socket,
    port: socket.local().port,
    open: false,
    said: 0,
    heard: 0,
    waitingSince: undefined,
    longestMs: 0,
    broken: undefined,
  });
}

/** Does something with a connection, which breaks when the kernel says so. */
function unlessBroken(talk: Talk, act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    end(talk, error.code);
  }
}

function end(talk: Talk, how: string): void {
  talk.broken = how;
  talk.socket.close(true);
}

function speak(talk: Talk, now: number): void {
  const taken = talk.socket.write(said);
  if (taken === undefined) return;
  talk.open = true;
  talk.said += taken;
  talk.waitingSince ??= now;
}

function listen(talk: Talk, now: number): void {
  const length = talk.socket.read(heard);
  talk.longestMs = Math.max(talk.longestMs, now - (talk.waitingSince ?? now));
  if (length === undefined) return;
  if (length === 0) {
    end(talk, 'closed');
    return;
  }
  talk.heard += length;
  talk.waitingSince = talk.heard < talk.said ? now : undefined;
}

let turn = 0;
let due = performance.now();

function tick(): void {
  const now = performance.now();
  latestMs = Math.max(latestMs, now - due);
  for (const talk of talks)
    if (talk.broken === undefined && talk.waitingSince !== undefined) unlessBroken(talk, () => listen(talk, now));
  for (let at = turn % parts; at < talks.length; at += parts) {
    const talk = talks[at]!;
    if (talk.broken === undefined) unlessBroken(talk, () => speak(talk, now));
  }
  turn++;
  due = Math.max(due + everyMs / parts, now);
  setTimeout(tick, due - performance.now());
}

function report(): void {
  const alive = talks.filter(({ broken }) => broken === undefined);
  const now = performance.now();
  const talked: Talks = {
    open: talks.filter(({ open }) => open).length,
    broken: talks.flatMap(({ address, broken }) => (broken === undefined ? [] : [`${address} ${broken}`])),
    silent: alive.filter(({ waitingSince }) => now - (waitingSince ?? now) > longSilenceMs).length,
    slow: alive.filter(({ longestMs }) => longestMs > longSilenceMs).length,
    longestMs: Math.round(Math.max(0, ...alive.map(({ longestMs }) => longestMs)) * 10) / 10,
    latestMs: Math.round(latestMs * 10) / 10,
    heard: talks.reduce((sum, talk) => sum + talk.heard, 0),
    newest: talks.slice(-addresses.length).map(({ port }) => port),
  };
  process.stdout.write(`${JSON.stringify(talked)}\n`);
}

for (const address of addresses) for (let n = 0; n < Number(count); n++) begin(address);
tick();
setInterval(report, 100);
createInterface({ input: process.stdin })
  .on('line', (line) => {
    if (line === 'new') for (const address of addresses) begin(address);
    if (line !== 'forget') return;
    latestMs = 0;
    for (const talk of talks) talk.longestMs = 0;
  })
  .on('close', () => {
    report();
    process.exit(0);
  });
