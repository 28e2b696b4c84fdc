/** Which labels of Services are kept: those that Eips choose by, and no others, since a tenant may write many. A record with functions beside it. */
import type { Eip } from '../../api/eip.js';
import { mostSelectedLabels } from '../../api/eip-rules.js';
import { selectedLabels } from '../../api/label-selector.js';

/** How many Eips choose by a label, by its name; none is 0. */
export type KeptLabels = Map<string, number>;

/**
 * An Eip has come, gone or changed.
 *
 * @returns whether Services are chosen by a label now that was not kept of them so far
 */
export function noteEip(kept: KeptLabels, object: Eip | undefined, previous: Eip | undefined): boolean {
  const [now, before] = [labelsOf(object), labelsOf(previous)];
  let isNew = false;
  for (const label of now) {
    isNew ||= !kept.has(label);
    kept.set(label, (kept.get(label) ?? 0) + 1);
  }
  for (const label of before) {
    const left = (kept.get(label) ?? 0) - 1;
    if (left > 0) kept.set(label, left);
    else kept.delete(label);
  }
  return isNew;
}

/** Those that its selectors name; what names more than an Eip may is no pool. */
export function labelsOf(eip: Eip | undefined): readonly string[] {
  return selectedLabels(eip?.spec.serviceSelectors ?? []).slice(0, mostSelectedLabels);
}
