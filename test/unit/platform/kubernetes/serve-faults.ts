/**
 * The fault server as a process of its own, which can be stopped and killed. Prints its URL. Each line of stdin is an object to put, or
 * `-NAME` to remove one. Ends when its stdin does.
 *
 * Argument: the one kind that there are objects of, such as `vipgroups`; collections of any other are empty. Without it all are one.
 */
import { createInterface } from 'node:readline';
import { answer, startFaultServer } from './fault-server.js';

const server = await startFaultServer();
const [, , only] = process.argv;
if (only !== undefined)
  server.fault(({ method, path, query }, response) => {
    if (method !== 'GET' || path.split('/').includes(only)) return false;
    if (query.get('watch') !== 'true')
      return answer(response, 200, { kind: 'List', metadata: { resourceVersion: '1' }, items: [] });
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    return true;
  });
process.stdout.write(`${server.url}\n`);
createInterface({ input: process.stdin })
  .on('line', (line) => {
    if (line.startsWith('-')) server.remove(line.slice(1));
    else server.put(JSON.parse(line));
  })
  .on('close', () => process.exit(0));
