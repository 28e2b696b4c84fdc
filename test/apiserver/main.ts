// Owns: the small API server as a program.
import { parseArgs } from 'node:util';
import { startApiServer } from './server.js';

const usage = `usage: main --kubeconfig FILE [--port N] [--address IP] [--verbose]
Serves a small Kubernetes API with its state in memory until SIGINT or SIGTERM; SIGHUP drops every connection and listens again.`;

const { values } = parseArgs({
  options: {
    kubeconfig: { type: 'string' },
    port: { type: 'string', default: '0' },
    address: { type: 'string', default: '127.0.0.1' },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help || !values.kubeconfig) {
  console.error(usage);
  process.exit(values.help ? 0 : 2);
}
const server = await startApiServer({
  address: values.address,
  port: Number(values.port),
  ...(values.verbose && { log: console.error }),
});
await server.kubeconfig(values.kubeconfig);
console.log(server.url);
process.on('SIGHUP', () => void server.faults.restart());
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => void server.stop().then(() => process.exit(0)));
