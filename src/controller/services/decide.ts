/** What a Service has from now on, and what it is to lose: pure. */
import { compareIp, type IpAddress } from '../../core/ip/address.js';
import { decide } from '../../core/ipam/allocate.js';
import type { Decision, Grant, Refusal, Request } from '../../core/ipam/decision.js';
import type { Exclusions } from '../../core/ipam/exclusions.js';
import type { LedgerView } from '../../core/ipam/ledger.js';
import type { Pool } from '../../core/ipam/pool.js';
import type { Namespace, Service } from '../objects/builtin-objects.js';
import { releasingChanges, type ServiceChanges } from './changes.js';
import { grantedInStatus } from './granted.js';
import { wasOurs } from './ownership.js';
import { serviceRequest, statusAddresses } from './request.js';
import { keptByRecord } from './stated-holdings.js';

/** What is known when a Service is decided on. */
export interface Known {
  /** Its Namespace. */
  readonly namespace: Namespace | undefined;
  readonly pools: readonly Pool[];
  readonly exclusions: Exclusions;
  /** What it had by the decision before. */
  readonly before: readonly Grant[];
  /** What it was given a moment ago, and another host had before. */
  readonly useless: readonly IpAddress[];
}

export interface Decided {
  readonly request: Request;
  readonly decision: Decision;
  /** What its status says, or a write of unknown fate may make it say, beside what was decided. */
  readonly leaving: readonly IpAddress[];
  /** What it had from an Eip that is gone, for when that comes back. */
  readonly kept: readonly IpAddress[];
  /** What its status says that counts as given by us. */
  readonly had: readonly IpAddress[];
}

/**
 * Of a Service that is ours.
 *
 * @param ledger in which it has nothing
 * @param possible what a write of unknown fate may yet make its status say
 */
export function decideService(
  service: Service,
  { namespace, pools, exclusions, before, useless }: Known,
  { ledger, possible }: { readonly ledger: LedgerView; readonly possible: readonly IpAddress[] },
): Decided {
  const asked = serviceRequest(service, namespace, [], pools);
  const inStatus = grantedInStatus(service, asked, pools, exclusions);
  const current = inStatus.length > 0 ? inStatus : addressesOf(before);
  const request = { ...asked, current, ...(useless.length === 0 ? {} : { useless }) };
  const decision = decide(request, pools, ledger, exclusions);
  const granted = addressesOf(decision.grants);
  return {
    request,
    decision,
    leaving: without([...current, ...possible], granted),
    kept: without(keptByRecord({ ledger, pools }, request), granted),
    had: statusAddresses(service).filter((address) => has(current, address)),
  };
}

/** What is written to a Service that is not ours, or no longer. Of one that never was, nothing but a finalizer is taken away. */
export function decideRelease(
  service: Service,
  { namespace, pools, exclusions, before }: Known,
): Omit<ServiceChanges, 'conditions'> {
  const request = serviceRequest(service, namespace, [], pools);
  const given = [...addressesOf(before), ...grantedInStatus(service, request, pools, exclusions)];
  const { finalizers, ...rest } = releasingChanges(service, (address) => has(given, address));
  const isOurs = before.length > 0 || wasOurs(service);
  return { ...(isOurs ? rest : {}), ...(finalizers === undefined ? {} : { finalizers }) };
}

/** Why it has less than it wants; undefined: it has what it wants. */
export function refusalOf(decision: Decision): Refusal | undefined {
  return decision.outcome === 'refused' ? decision.refusal : decision.lacking;
}

export function addressesOf(grants: readonly Grant[]): readonly IpAddress[] {
  return grants.map(({ address }) => address);
}

export function has(addresses: readonly IpAddress[], address: IpAddress): boolean {
  return addresses.some((each) => compareIp(each, address) === 0);
}

/** Those of `addresses` that are none of `others`. */
export function without(addresses: readonly IpAddress[], others: readonly IpAddress[]): readonly IpAddress[] {
  return addresses.filter((address) => !has(others, address));
}
