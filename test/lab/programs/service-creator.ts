/**
 * Creates Services over one open connection. argument: KUBECONFIG. Each line on stdin is a Service; for each it prints the instant
 * before the request was sent. Ends when its stdin does.
 */
import { createInterface } from 'node:readline';
import { services } from '../../../src/platform/kubernetes/builtin-resources.js';
import { openClient } from '../../../src/platform/kubernetes/client.js';
import { loadConnection } from '../../../src/platform/kubernetes/connection.js';
import { monotonicMicros } from '../clock.js';

const client = openClient(await loadConnection({ kubeconfig: process.argv[2], env: {} }));
await client.list(services, { namespace: 'default' }); // the connection is made
for await (const line of createInterface({ input: process.stdin })) {
  const at = monotonicMicros();
  await client.create(services, JSON.parse(line));
  process.stdout.write(`${at}\n`);
}
process.exit(0);
