import { microTime } from './micro-time.js';
import { isOlderVersion } from './object-store.js';
import type { ObjectMeta } from './resource.js';

/**
 * Owns: what a Lease says and when it stops counting. Pure.
 * Source: client-go tools/leaderelection. A lease counts from when *we* saw it change, on our own monotonic clock, so the
 * clocks of two machines need not agree.
 */

export interface Lease {
  readonly metadata: ObjectMeta;
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    /** MicroTime, as `renewTime`. */
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

/** What of a Lease can be read: anybody with the right to may have written it. What is no text or number of its kind is not there. */
export function readLease<T extends { readonly metadata: ObjectMeta; readonly spec?: unknown }>(object: T): T & Lease {
  const found = (typeof object.spec === 'object' && object.spec !== null ? object.spec : {}) as Record<string, unknown>;
  const text = (name: string) => (typeof found[name] === 'string' ? { [name]: found[name] } : {});
  const count = (name: string) => (Number.isSafeInteger(found[name]) ? { [name]: found[name] } : {});
  const spec = {
    ...text('holderIdentity'),
    ...count('leaseDurationSeconds'),
    ...text('acquireTime'),
    ...text('renewTime'),
    ...count('leaseTransitions'),
  };
  return { ...object, spec };
}

/** A Lease and the monotonic instant, in milliseconds, at which we first saw it in this version. */
export interface Observed {
  readonly lease: Lease;
  readonly atMs: number;
}

/** The newer of what we know and what we see. */
export function observe(known: Observed | undefined, lease: Lease, nowMs: number): Observed {
  const seen = lease.metadata.resourceVersion;
  const had = known?.lease.metadata.resourceVersion;
  if (known && (seen === had || isOlderVersion(seen, had))) return known;
  return { lease, atMs: nowMs };
}

/** Whether somebody else's claim still counts. */
export function isHeldByOther(observed: Observed, identity: string, nowMs: number): boolean {
  const { holderIdentity } = observed.lease.spec ?? {};
  return Boolean(holderIdentity) && holderIdentity !== identity && nowMs < endMs(observed);
}

/** The monotonic instant, in milliseconds, from which on a claim that is not renewed counts no more. */
export function endMs({ lease, atMs }: Observed): number {
  return atMs + (lease.spec?.leaseDurationSeconds ?? 0) * 1000;
}

/** What to write to take or keep the lease; `spec` is what it says now, undefined when there is none yet. */
export function claim(spec: Lease['spec'], identity: string, durationMs: number, wallMs: number): Lease['spec'] {
  const now = microTime(wallMs);
  const ours = spec?.holderIdentity === identity;
  return {
    holderIdentity: identity,
    leaseDurationSeconds: Math.ceil(durationMs / 1000),
    acquireTime: (ours && spec?.acquireTime) || now,
    renewTime: now,
    leaseTransitions: spec === undefined ? 0 : transitionsOf(spec, ours ? 0 : 1),
  };
}

/** What to write to give the lease back: it belongs to nobody and would not last. */
export function surrender(spec: Lease['spec'], wallMs: number): Lease['spec'] {
  const now = microTime(wallMs);
  return {
    holderIdentity: '',
    leaseDurationSeconds: 1,
    acquireTime: now,
    renewTime: now,
    leaseTransitions: transitionsOf(spec, 0),
  };
}

/** A server takes 0 to 2^31 - 1; what somebody wrote beyond that would keep everybody from writing the Lease. */
function transitionsOf(spec: Lease['spec'], more: 0 | 1): number {
  const sum = (spec?.leaseTransitions ?? 0) + more;
  return sum < 0 || sum >= 2 ** 31 ? 0 : sum;
}
