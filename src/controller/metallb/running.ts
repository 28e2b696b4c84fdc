/**
 * While MetalLB's controller runs, Services that say nothing are left to it: an address that two load balancers answer for is worse than one
 * that is late. That it runs is seen by the endpoint of its webhook, which it has from 0.13 on. One that is not ready counts, too: a Pod that is
 * being started again is not gone.
 */
import { eipName } from '../../api/annotations.js';
import type { World } from '../cache/world.js';
import type { ServedUnasked } from '../objects/served-unasked.js';

/** `namespace/name` of the Service in front of MetalLB's controller. */
export function webhookOfMetallb(namespace: string): string {
  return `${namespace}/metallb-webhook-service`;
}

export function isMetallbRunning({ hasEndpoints }: Pick<World, 'hasEndpoints'>, namespace: string): boolean {
  return hasEndpoints(webhookOfMetallb(namespace));
}

/** What we serve once, by its label, we go on serving, should MetalLB come back. */
export function servedBesideMetallb(world: Pick<World, 'hasEndpoints'>, namespace: string): ServedUnasked {
  return ({ metadata }) => metadata.labels?.[eipName] !== undefined || !isMetallbRunning(world, namespace);
}
