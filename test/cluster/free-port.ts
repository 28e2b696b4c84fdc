import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below those that Linux takes for connections (net.ipv4.ip_local_port_range): one of these could take the port before its server does. */
const [lowest, count] = [10_000, 22_000] as const;
const tries = 20;

/** A TCP port that nobody listens on at `address` now, by chance, so that two processes that ask at once hardly get the same. */
export async function freePort(address: string): Promise<number> {
  for (let left = tries; left > 0; left -= 1) {
    const port = lowest + Math.floor(Math.random() * count);
    if (await isFree(port, address)) return port;
  }
  throw new Error(`none of ${tries} ports from ${lowest} on is free at ${address}`);
}

async function isFree(port: number, address: string): Promise<boolean> {
  const server = createServer().listen(port, address);
  try {
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
  server.close();
  await once(server, 'close');
  return true;
}
