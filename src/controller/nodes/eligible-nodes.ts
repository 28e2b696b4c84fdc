/** Which nodes may announce the addresses of an Eip. One that is cordoned or not Ready stays among them, as a last resort. */
import { excludeNodeLabel } from '../../api/annotations.js';
import type { Eip } from '../../api/eip.js';
import { isSelectedByAny } from '../../api/label-selector.js';
import type { Node } from '../objects/builtin-objects.js';

/** Their names, sorted: not excluded from load balancers, with all labels of `spec.nodeSelector`, chosen by one of `spec.nodeSelectors`. */
export function eligibleNodes(eip: Eip, nodes: Iterable<Node>): readonly string[] {
  return [...nodes]
    .filter((node) => whyNotEligible(eip, node) === undefined)
    .map(({ metadata }) => metadata.name)
    .sort();
}

/** What keeps a node from announcing the addresses of an Eip, as in `n1 has the label …`; undefined when nothing does. */
export function whyNotEligible(eip: Eip, { metadata }: Node): string | undefined {
  const labels = metadata.labels ?? {};
  if (labels[excludeNodeLabel] !== undefined) return `has the label ${excludeNodeLabel}`;
  const missing = Object.entries(eip.spec.nodeSelector ?? {}).find(([label, value]) => labels[label] !== value);
  if (missing !== undefined) return `lacks the label ${missing.join('=')} of spec.nodeSelector`;
  return isSelectedByAny(eip.spec.nodeSelectors, labels) ? undefined : 'is chosen by none of spec.nodeSelectors';
}
