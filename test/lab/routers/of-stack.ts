import type { Host } from '../host.js';
import type { Stack } from '../stack.js';
import type { Router, RouterKind } from './router.js';
import { startRouter } from './start.js';

const apiVersion = 'network.kubesphere.io/v1alpha2';
const [ownAs, routerAs] = [64_512, 64_513];

/** Starts a router that takes sessions, with BFD, from every node of a stack; they speak with it once they have `objectsFor` it. */
export function startRouterOf(stack: Stack, kind: RouterKind, host: Host): Promise<Router> {
  return startRouter(kind, stack.lab.folder, host, {
    as: routerAs,
    holdTime: 90,
    neighbors: [{ at: { range: '10.77.0.0/24' }, as: ownAs, bfd: { intervalMs: 300, multiplier: 3 } }],
  });
}

/** A BgpConf, a BgpPeer `router` for the router on that host, and an Eip `pool` with these addresses. */
export function objectsFor(host: Host, addresses: string): readonly object[] {
  return [
    { apiVersion, kind: 'BgpConf', metadata: { name: 'default' }, spec: { as: ownAs } },
    {
      apiVersion,
      kind: 'BgpPeer',
      metadata: { name: 'router' },
      spec: { conf: { neighborAddress: host.address, peerAs: routerAs }, bfd: {} },
    },
    { apiVersion, kind: 'Eip', metadata: { name: 'pool' }, spec: { address: addresses } },
  ];
}
