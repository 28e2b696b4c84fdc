/** What a Service is told of its addresses, as Events: pure. */
import { loadBalancerClass } from '../../api/annotations.js';
import { formatIp, type IpAddress } from '../../core/ip/address.js';
import { addressesText } from '../../core/ipam/allocate.js';
import type { Grant, Refusal } from '../../core/ipam/decision.js';
import { type Exclusions, exclusionOf } from '../../core/ipam/exclusions.js';
import type { News } from '../events/announcement.js';
import type { Service } from '../objects/builtin-objects.js';
import { addressesOf } from './decide.js';
import { foreignOwners, statusText } from './granted.js';

/**
 * Its status says something else from now on.
 *
 * @param had what it said before that was given by us
 */
export function allocationNews(had: readonly IpAddress[], grants: readonly Grant[]): News {
  if (grants.length === 0)
    return { type: 'Warning', reason: 'Released', message: `${addressesText(had)} was taken away` };
  const pools = [...new Set(grants.map(({ pool }) => pool))];
  const instead = had.length === 0 ? '' : `, in place of ${addressesText(had)}`;
  return {
    type: 'Normal',
    reason: 'Allocated',
    message: `${textOf(grants)} from Eip ${pools.join(' and ')}${instead}`,
  };
}

/** What it was given a moment ago serves nobody. @param exchanged what it lost @param grants what it has now */
export function exchangeNews(exchanged: readonly IpAddress[], grants: readonly Grant[], exclusions: Exclusions): News {
  const whose = exchanged.map(
    (address) => `${formatIp(address)} is ${exclusionOf(exclusions, address)?.what ?? 'answered for by another host'}`,
  );
  const message = `${whose.join(', ')} and was never held here: exchanged for ${textOf(grants)}; take it off that host, or out of the Eip`;
  return { type: 'Warning', reason: 'AddressExchanged', message };
}

/** It has less than it wants. @param grants what it has */
export function refusalNews({ reason, message }: Refusal, grants: readonly Grant[]): News {
  const keeps = grants.length > 0 ? ` (it keeps ${textOf(grants)})` : '';
  return { type: 'Warning', reason, message: message + keeps };
}

/** Who else writes into its status, and what ends that. @param service as it was before that was put back */
export function rivalNews(service: Service, grants: readonly Grant[]): News {
  const became = grants.length === 0 ? 'that stays, without what was ours' : `put back to ${textOf(grants)}`;
  const message = `${foreignOwners(service)} wrote ${statusText(service)} into its status: ${became}: let one program serve it, by switching the other off for it or by spec.loadBalancerClass: ${loadBalancerClass}, which keeps others away`;
  return { type: 'Warning', reason: 'StatusOverwritten', message };
}

/** It is not ours any more. */
export function releaseNews(before: readonly Grant[]): News {
  const message = `${textOf(before) || 'its address'} is free again: the Service is no longer ours to serve`;
  return { type: 'Normal', reason: 'Released', message };
}

export function textOf(grants: readonly Grant[]): string {
  return addressesText(addressesOf(grants));
}
