/**
 * MetalLB's annotations of Services, in both spellings. They count on Services that say nothing of ours: without a class, and without the
 * annotation that opts in or out. Source: MetalLB controller/service.go (v0.16).
 */
import {
  eipName,
  optInAnnotation,
  requestedAddressAnnotation,
  serviceAnnotations,
  sharingKeyAnnotation,
} from './annotations.js';

/** The present spelling, and that of before 0.14. */
const domains = ['metallb.io', 'metallb.universe.tf'] as const;

/** What each is called here; the last part of their names. */
const counterparts: Readonly<Record<string, string>> = {
  'address-pool': eipName,
  loadBalancerIPs: requestedAddressAnnotation,
  'allow-shared-ip': sharingKeyAnnotation,
};

/** Written by the controller, as MetalLB does: the pool that the Service has its addresses from. */
export const allocatedFromAnnotation = `${domains[0]}/ip-allocated-from-pool`;

/** The same in the former spelling: it is taken off, as MetalLB does. */
export const formerAllocatedFromAnnotation = `${domains[1]}/ip-allocated-from-pool`;

/** Those that are read. */
export const metallbAnnotations: readonly string[] = [
  ...domains.flatMap((domain) => Object.keys(counterparts).map((last) => `${domain}/${last}`)),
  allocatedFromAnnotation,
  formerAllocatedFromAnnotation,
];

type Annotations = Readonly<Record<string, string>>;

interface Asking {
  readonly metadata: { readonly annotations?: Annotations };
  readonly spec?: { readonly loadBalancerClass?: string };
}

/** The name of the Eip that is made of a pool: a ConfigMap may call it what no object can be called. */
export function eipNameOf(pool: string): string {
  const labels = pool.toLowerCase().split(/[.]+/);
  const valid = labels
    .map((label) => label.replace(/[^a-z0-9-]+/g, '-').replace(/^-+|-+$/g, ''))
    .filter((each) => each !== '');
  return (
    valid
      .join('.')
      .slice(0, longestName)
      .replace(/[.-]+$/, '') || 'pool'
  );
}

/** What Kubernetes accepts as the name of an object, in characters. */
const longestName = 253;

/** Whether a Service says nothing of whose it is, so that MetalLB would serve it. */
export function saysNothingOfOurs({ metadata, spec }: Asking): boolean {
  const { loadBalancerClass = '' } = spec ?? {};
  return loadBalancerClass === '' && metadata.annotations?.[optInAnnotation] === undefined;
}

/** The annotations of a Service with MetalLB's in our words; ours count where both are there, and the present spelling where both spellings are. */
export function inOurWords(service: Asking): Annotations {
  const { annotations = {} } = service.metadata;
  if (!saysNothingOfOurs(service)) return annotations;
  const translated: Record<string, string> = {};
  for (const [last, ours] of Object.entries(counterparts)) {
    const value = domains.map((domain) => annotations[`${domain}/${last}`]).find((each) => each !== undefined);
    if (value !== undefined && annotations[ours] === undefined)
      translated[ours] = ours === eipName && value !== '' ? eipNameOf(value) : value;
  }
  return Object.keys(translated).length === 0 ? annotations : { ...annotations, ...translated };
}

/** All annotations of Services that are read: ours, and MetalLB's. */
export const readAnnotations: readonly string[] = [...serviceAnnotations, ...metallbAnnotations];
