/**
 * The fault server as a process of its own, which can be stopped and killed. Prints its URL. Each line of stdin is an object to put, or
 * `-NAME` to remove one. Ends when its stdin does.
 */
import { createInterface } from 'node:readline';
import { startFaultServer } from './fault-server.js';

const server = await startFaultServer();
process.stdout.write(`${server.url}\n`);
createInterface({ input: process.stdin })
  .on('line', (line) => {
    if (line.startsWith('-')) server.remove(line.slice(1));
    else server.put(JSON.parse(line));
  })
  .on('close', () => process.exit(0));
