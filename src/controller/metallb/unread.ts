/** What of MetalLB's objects is not known at this moment, and what is left as it is for that: from what was not read nothing follows. Pure. */
import type { Resource } from '../../platform/kubernetes/resource.js';
import { eips } from '../objects/resources.js';

export interface Unread {
  /** A kind (`IPAddressPool`), or one object as findings call it (`ConfigMap metallb-system/config`). */
  readonly what: string;
  /** For people: that it is so, and why. */
  readonly why: string;
  /** The server does not have the kind, which may be as it is to be: somebody has no need of it, or the server has just been started. */
  readonly absent?: true;
}

/**
 * Why what is made of `origin` is neither made, changed nor removed now; undefined: nothing keeps it.
 *
 * @param resource what it is: an Eip depends on its origin and the advertisements, what is for routers on everything
 * @param origin what it is made of, as findings call it; undefined: nobody knows
 */
export function heldBack(
  resource: Resource,
  origin: string | undefined,
  unread: readonly Unread[],
): string | undefined {
  return unread.find(({ what, absent }) => {
    if (origin !== undefined && isOf(origin, what)) return true;
    if (origin === undefined || resource !== eips) return absent !== true;
    return isOf(origin, 'IPAddressPool') && advertisements.includes(what);
  })?.why;
}

/** Those who have IPAddressPools have these kinds, too. */
const advertisements = ['L2Advertisement', 'BGPAdvertisement'];

function isOf(origin: string, what: string): boolean {
  return origin === what || origin.startsWith(`${what} `) || origin.startsWith(`${what}, `);
}
