/** What is to be written to a Service: the smallest change that makes it say what was decided. */
import { allocatedAnnotation, eipName, newAddressesAnnotation } from '../../api/annotations.js';
import type { Eip } from '../../api/eip.js';
import {
  allocatedFromAnnotation,
  formerAllocatedFromAnnotation,
  saysNothingOfOurs,
} from '../../api/metallb-annotations.js';
import { madeFromLabel } from '../../api/origin.js';
import { compareIp, formatIp, type IpAddress } from '../../core/ip/address.js';
import { parseIpSloppy } from '../../core/ip/sloppy.js';
import type { Grant, Request } from '../../core/ipam/decision.js';
import type { Condition, Service } from '../objects/builtin-objects.js';
import { finalizersToKeep } from '../objects/finalizers.js';
import { originLabel } from './origin-label.js';

/** An absent field means: leave it. */
export interface ServiceChanges {
  /** `status.loadBalancer.ingress`. */
  readonly ingress?: readonly Entry[];
  /** The label that names the pool; null removes it. */
  readonly label?: string | null;
  /** The record of what it was given last; null removes it. */
  readonly record?: string | null;
  /** The note of what is new to it; null removes it. */
  readonly note?: string | null;
  /** MetalLB's annotations for the pool that it has its addresses from, those that change; null removes one. */
  readonly allocatedFrom?: Readonly<Record<string, string | null>>;
  readonly finalizers?: readonly string[];
  /** `status.conditions`, all of them. */
  readonly conditions?: readonly Condition[];
}

/** For a Service of ours that has `grants`. What others wrote into its status stays only while it has none. */
export function servingChanges(service: Service, request: Request, grants: readonly Grant[]): ServiceChanges {
  const given = grants.map(({ address }) => formatIp(address));
  const present = service.status?.loadBalancer?.ingress ?? [];
  const lost = new Set(request.current.map(formatIp));
  const foreign = present.filter(({ ip }) => {
    const address = parseIpSloppy(ip ?? '');
    return address === undefined || !lost.has(formatIp(address));
  });
  const wanted = given.length > 0 ? given.map((ip) => ({ ip })) : foreign;
  const same = present.length === wanted.length && present.every((entry, at) => saysTheSame(entry, wanted[at]!));
  const rest = { ...(same ? {} : { ingress: wanted }), ...labelChange(service, labelOf(request, grants)) };
  const record = (given.length > 0 ? given : request.current.map(formatIp)).join(',');
  return { ...rest, ...recordChange(service, record, Object.keys(rest).length > 0), ...finalizerChange(service) };
}

type Entry = NonNullable<NonNullable<NonNullable<Service['status']>['loadBalancer']>['ingress']>[number];

function saysTheSame(present: Entry, wanted: Entry): boolean {
  return present === wanted || (present.ip === wanted.ip && !saysMore(present));
}

/**
 * Whether somebody else made more than an address of it: a host name, which others would rather follow; or the mode in which Nodes do not
 * serve it themselves. Servers from 1.29 on write ipMode VIP beside each address.
 */
export function saysMore({ hostname = '', ipMode = 'VIP' }: Entry): boolean {
  return hostname !== '' || ipMode !== 'VIP';
}

/** For a Service that is not ours: what is left of ours goes, what others wrote stays. */
export function releasingChanges(service: Service, isOurs: (address: IpAddress) => boolean): ServiceChanges {
  const present = service.status?.loadBalancer?.ingress ?? [];
  const left = present.filter(({ ip }) => {
    const address = parseIpSloppy(ip ?? '');
    return address === undefined || !isOurs(address);
  });
  return {
    ...(left.length === present.length ? {} : { ingress: left }),
    ...labelChange(service, undefined),
    ...(service.metadata.annotations?.[allocatedAnnotation] === undefined ? {} : { record: null }),
    ...allocatedFrom(service, null),
    ...noteChange(service, undefined),
    ...finalizerChange(service),
  };
}

/**
 * The pool that the label names: where the address was taken from. It stays what it was while an address that the Service
 * kept lies in another pool by now, because the pool was split or shrunk: that is how a change of the annotation is seen.
 */
function labelOf({ pools, origin, current }: Request, grants: readonly Grant[]): string | undefined {
  const [first] = grants;
  if (first === undefined) return undefined;
  const keptAddress = current.some((had) => compareIp(had, first.address) === 0);
  const named = pools.length === 0 || pools.includes(first.pool);
  const label = keptAddress && !named && origin !== undefined ? origin : first.pool;
  return originLabel(label);
}

/** A Service that needs no other write, and has no record that is wrong, gets none for this alone. */
function recordChange({ metadata }: Service, wanted: string, writes: boolean): { record?: string } {
  const present = metadata.annotations?.[allocatedAnnotation];
  return wanted === '' || present === wanted || (present === undefined && !writes) ? {} : { record: wanted };
}

/** @param wanted undefined: nothing is new to it */
export function noteChange({ metadata }: Service, wanted: string | undefined): { note?: string | null } {
  const present = metadata.annotations?.[newAddressesAnnotation];
  return present === wanted ? {} : { note: wanted ?? null };
}

/** Written where the pool is made from one of MetalLB's, and the Service asks in no other words. */
export function allocatedFromChange(
  service: Service,
  grants: readonly Grant[],
  pools: readonly { readonly name: string; readonly eip: Pick<Eip, 'metadata'> }[],
): Pick<ServiceChanges, 'allocatedFrom'> {
  const name = grants[0]?.pool;
  const isTheirs = pools.some((pool) => pool.name === name && pool.eip.metadata.labels?.[madeFromLabel] !== undefined);
  // What stands on a Service that has nothing of a pool of MetalLB's was written by MetalLB.
  return isTheirs && saysNothingOfOurs(service) ? allocatedFrom(service, name!) : {};
}

/** In the present spelling alone: the former one goes, as with MetalLB, lest it tell of a pool of long ago. */
function allocatedFrom(
  { metadata: { annotations = {} } }: Service,
  wanted: string | null,
): Pick<ServiceChanges, 'allocatedFrom'> {
  const changed = {
    ...((annotations[allocatedFromAnnotation] ?? null) === wanted ? {} : { [allocatedFromAnnotation]: wanted }),
    ...(annotations[formerAllocatedFromAnnotation] === undefined ? {} : { [formerAllocatedFromAnnotation]: null }),
  };
  return Object.keys(changed).length === 0 ? {} : { allocatedFrom: changed };
}

function labelChange(service: Service, wanted: string | undefined): { label?: string | null } {
  const present = service.metadata.labels?.[eipName];
  return present === wanted ? {} : { label: wanted ?? null };
}

function finalizerChange({ metadata }: Service): { finalizers?: readonly string[] } {
  const finalizers = finalizersToKeep(metadata);
  return finalizers === undefined ? {} : { finalizers };
}
