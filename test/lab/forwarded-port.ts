// Owns: a port of this machine's loopback for what another host of a lab reaches, as kubectl port-forward is one.
import { type AddressInfo, connect, createServer } from 'node:net';
import { eventually } from './eventually.js';
import { passOn } from './pass-on.js';
import { type Process, programArguments } from './process.js';

export interface ForwardedPort {
  readonly port: number;
  close(): void;
}

/**
 * @param start starts a program of this Node.js on the host, with these arguments
 * @param path where a Unix socket may be made, which both sides reach
 * @param to what the host connects to
 */
export async function forwardPort(
  start: (args: readonly string[]) => Process,
  path: string,
  to: { readonly host: string; readonly port: number },
): Promise<ForwardedPort> {
  const program = programArguments(new URL('./programs/relay', import.meta.url), import.meta.url);
  const relay = start([...program, path, '0', to.host, String(to.port)]);
  let isReady = false;
  relay.onLine(() => {
    isReady = true;
  });
  await eventually(`${relay.title} ready`, () => isReady, { onTimeout: () => relay.log() });
  const server = createServer((from) => passOn(from, connect(path)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      relay.signal('SIGTERM');
    },
  };
}
