import type { Stack } from '../../test/lab/stack.js';
import type { Mode } from './options.mjs';
import { poolAddresses } from './pool.js';

/** The networks that samples take their addresses from: here they are on the same wire, so that samples work. */
const sampleNetworks = ['192.0.2.0/24', '2001:db8::/32'];

/** Readies the hosts' routes, saying what stands for what. */
export async function prepareNetwork(
  stack: Stack,
  { mode, say }: { mode: Mode; say: (text: string) => void },
): Promise<void> {
  for (const host of [stack.client, ...stack.nodes.map((node) => node.host)]) {
    for (const network of sampleNetworks) await host.run('ip', ['route', 'add', network, 'dev', 'eth0']);
  }
  if (mode === 'vip') return;
  say('* there is no kube-proxy: a route on each node takes in the packets for addresses that no NIC has');
  for (const { host } of stack.nodes) await takeInPackets(host, poolAddresses(mode));
}

/** kube-proxy takes in packets for addresses that no NIC has. Here a route does, for the pool. */
async function takeInPackets(host: Stack['client'], addresses: string): Promise<void> {
  // As kube-proxy's strictARP: the kernel answers only for the NIC's own addresses, so that the agent alone answers for these.
  await host.run('sysctl', ['-qw', 'net.ipv4.conf.all.arp_ignore=1', 'net.ipv4.conf.all.arp_announce=2']);
  await host.run('ip', ['route', 'add', 'local', addresses, 'dev', 'lo']);
}
