import { run } from '../command.js';
import type { Host } from '../host.js';

/** The wire between the router and those who ask from afar: nothing else is on it. */
const [routerSide, askerSide] = ['203.0.113.1', '203.0.113.2'];
const network = '203.0.113.0/24';

/**
 * Puts a host behind a router: what it sends to `destinations` (prefixes) goes there by a wire of their own, and the nodes answer by the
 * router.
 */
export async function putBehind(
  router: Host,
  asker: Host,
  o: { readonly destinations: readonly string[]; readonly nodes: readonly Host[] },
): Promise<void> {
  const peer = ['peer', 'name', 'outside', 'netns', router.namespace];
  await run('ip', ['-n', asker.namespace, 'link', 'add', 'router', 'type', 'veth', ...peer]);
  for (const [host, nic, address] of [
    [router, 'outside', routerSide],
    [asker, 'router', askerSide],
  ] as const) {
    await host.run('ip', ['address', 'add', `${address}/24`, 'dev', nic]);
    await host.run('ip', ['link', 'set', nic, 'up']);
  }
  for (const prefix of o.destinations) await asker.run('ip', ['route', 'add', prefix, 'via', routerSide]);
  for (const node of o.nodes) await node.run('ip', ['route', 'add', network, 'via', router.address]);
}
