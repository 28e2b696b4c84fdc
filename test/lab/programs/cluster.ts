/**
 * Runs an API server on the host it is started on. arguments: ADDRESS FOLDER ipv4|dual-stack MANIFEST-WITH-RIGHTS…. Prints `{ "kind", "kubeconfig", "url", "certificateAuthority" }` when ready.
 * A line `restart MILLISECONDS` on stdin stops it, waits and starts it again, then prints `restarted`. Ends when its stdin does.
 */
import { createInterface } from 'node:readline';
import { startCluster } from '../../cluster/harness.js';

const [address = '', dir = '', families, ...manifests] = process.argv.slice(2);
// From within a network namespace no proxy is reached, and an API server would call its webhooks through it.
for (const name of Object.keys(process.env)) if (/^(https?|all)_proxy$/i.test(name)) delete process.env[name];
const cluster = await startCluster({ address, dir, dualStack: families === 'dual-stack', manifests });
const { kind, kubeconfig, url, certificateAuthority } = cluster;
process.stdout.write(`${JSON.stringify({ kind, kubeconfig, url, certificateAuthority })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  const [command, pause] = line.split(' ');
  if (command !== 'restart') throw new Error(`unknown command ${line}`);
  await cluster.restart(Number(pause));
  process.stdout.write('restarted\n');
}
await cluster.stop();
