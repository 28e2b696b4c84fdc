/**
 * Measures how long one connection takes to have something said back, once for each line on its stdin, and prints a line of JSON: `Trips` of
 * ../connections.ts. arguments: ADDRESS PORT. Prints `{}` once it is connected. Ends when its stdin does, and with the connection.
 */
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { median, quantile } from '../statistics.js';

const [address = '', port = ''] = process.argv.slice(2);
const count = 400;
const pauseMs = 2;
const said = Buffer.alloc(64, 'x');

const socket = connect({ host: address, port: Number(port), noDelay: true });
let heard: (() => void) | undefined;
socket.on('connect', () => process.stdout.write('{}\n'));
socket.on('data', () => heard?.());
socket.on('error', () => process.exit(0));

async function measure(): Promise<void> {
  const took: number[] = [];
  for (let trip = 0; trip < count; trip++) {
    const from = performance.now();
    await new Promise<void>((resolve) => {
      heard = resolve;
      socket.write(said);
    });
    took.push((performance.now() - from) * 1_000);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  process.stdout.write(`${JSON.stringify({ median: median(took), p99: quantile(took, 0.99) })}\n`);
}

createInterface({ input: process.stdin })
  .on('line', () => void measure())
  .on('close', () => process.exit(0));
