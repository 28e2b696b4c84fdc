import { forwarding } from '../../test/lab/routers/forwarding.js';
import type { Router } from '../../test/lab/routers/router.js';
import { startRouter } from '../../test/lab/routers/start.js';
import type { Stack } from '../../test/lab/stack.js';
import { poolAddresses } from './pool.js';

/** The AS numbers of nodes and router. */
export const nodesAs = 64_512;
export const routerAs = 64_513;

/** Plugs in a router (BIRD) that takes sessions from every node, and has the client send it what is for the pool. */
export async function plugInRouter(stack: Stack, say: (text: string) => void): Promise<Router> {
  const host = await stack.lab.addHost('router', 1);
  // All hosts are on one wire: the router must not tell the client of a shorter way, or would be asked once only.
  const quiet = ['all', 'eth0'].map((nic) => `net.ipv4.conf.${nic}.send_redirects=0`);
  await host.run('sysctl', ['-qw', ...forwarding, ...quiet]);
  const router = await startRouter('bird', stack.lab.folder, host, {
    as: routerAs,
    neighbors: [{ at: { range: '10.77.0.0/24' }, as: nodesAs, bfd: { intervalMs: 300, multiplier: 3 } }],
  });
  await stack.client.run('ip', ['route', 'add', poolAddresses('bgp'), 'via', host.address]);
  say(`a router (BIRD, AS ${routerAs}) is plugged in; the client sends it what is for ${poolAddresses('bgp')}`);
  return router;
}
