/** Which Services are ours. */

import { eipName, loadBalancerClass, optInAnnotation, optInValue } from '../../api/annotations.js';
import type { Service } from '../objects/builtin-objects.js';
import type { ServedUnasked } from '../objects/served-unasked.js';

/**
 * Whether we serve a Service: by its class, else by its annotation, else, with `allServices`, because it has neither.
 * Another class always means: not ours.
 */
export function isOurs(service: Service, allServices: ServedUnasked): boolean {
  if (service.spec?.type !== 'LoadBalancer') return false;
  const { loadBalancerClass: wanted } = service.spec;
  if (wanted !== undefined && wanted !== '') return wanted === loadBalancerClass;
  const optIn = service.metadata.annotations?.[optInAnnotation];
  if (optIn !== undefined) return optIn === optInValue;
  return typeof allServices === 'function' ? allServices(service) : allServices;
}

/** Whether a Service that is not ours was so before: it carries our label and no other class has taken it over. */
export function wasOurs(service: Service): boolean {
  const { loadBalancerClass: wanted } = service.spec ?? {};
  const foreign = wanted !== undefined && wanted !== '' && wanted !== loadBalancerClass;
  return !foreign && service.metadata.labels?.[eipName] !== undefined;
}
