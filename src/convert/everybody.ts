/** Pools that any Service may get an address of without naming one. */
import { defaultEipAnnotation } from '../api/annotations.js';
import type { Fields } from './document.js';

/** After pools of a namespace. The smallest number is used first. */
export const lastPriority = 1000;

/**
 * What makes an Eip one of those.
 *
 * @param count how many there are: of several there can be only one default, but a selector that every namespace fulfils makes all of
 *   them serve everybody
 */
export function forEverybody(count: number): { readonly metadata: Fields; readonly spec: Fields } {
  return count === 1
    ? { metadata: asDefault, spec: {} }
    : { metadata: {}, spec: { namespaceSelector: {}, priority: lastPriority } };
}

export const asDefault = { annotations: { [defaultEipAnnotation]: 'true' } };
