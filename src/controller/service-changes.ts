/** What is to be written to a Service: the smallest change that makes it say what was decided. */
import { eipName } from '../api/annotations.js';
import { compareIp, formatIp } from '../core/ip/address.js';
import type { Grant, Request } from '../core/ipam/decision.js';
import { finalizersToKeep } from './finalizers.js';
import type { Service } from './objects.js';
import type { Condition } from './service-condition.js';

/** An absent field means: leave it. */
export interface ServiceChanges {
  /** `status.loadBalancer.ingress`. */
  readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[];
  /** The label that names the pool; null removes it. */
  readonly label?: string | null;
  readonly finalizers?: readonly string[];
  /** `status.conditions`, all of them. */
  readonly conditions?: readonly Condition[];
}

/** For a Service of ours that has `grants`. */
export function servingChanges(service: Service, request: Request, grants: readonly Grant[]): ServiceChanges {
  const wanted = grants.map(({ address }) => formatIp(address));
  const present = service.status?.loadBalancer?.ingress ?? [];
  const same = present.length === wanted.length && present.every(({ ip }, at) => ip === wanted[at]);
  const label = labelOf(request, grants);
  return {
    ...(same ? {} : { ingress: wanted.map((ip) => ({ ip })) }),
    ...labelChange(service, label),
    ...finalizerChange(service),
  };
}

/** For a Service that is not ours: what is left of ours goes, what others wrote stays. */
export function releasingChanges(service: Service, isOurs: (ip: string) => boolean): ServiceChanges {
  const present = service.status?.loadBalancer?.ingress ?? [];
  const left = present.filter(({ ip }) => ip === undefined || !isOurs(ip));
  return {
    ...(left.length === present.length ? {} : { ingress: left }),
    ...labelChange(service, undefined),
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
  return labelValue.test(label) ? label : undefined;
}

/** What Kubernetes accepts as the value of a label; the name of an Eip may be longer. */
const labelValue = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

function labelChange(service: Service, wanted: string | undefined): { label?: string | null } {
  const present = service.metadata.labels?.[eipName];
  return present === wanted ? {} : { label: wanted ?? null };
}

function finalizerChange({ metadata }: Service): { finalizers?: readonly string[] } {
  const finalizers = finalizersToKeep(metadata);
  return finalizers === undefined ? {} : { finalizers };
}
