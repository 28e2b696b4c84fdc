/** Which nodes are to have a session with which router: pure. */
import { excludeNodeLabel } from '../../api/annotations.js';
import { cniLabel, cniWithBgp } from '../../api/bgp-conf.js';
import type { BgpPeer } from '../../api/bgp-peer.js';
import { isSelected, isSelectedByAny } from '../../api/label-selector.js';
import type { Node } from '../objects/builtin-objects.js';

/** Their names, sorted. */
export function sessionNodes(peer: BgpPeer, nodes: Iterable<Node>): readonly string[] {
  return [...nodes]
    .filter((node) => whyNoSession(peer, node) === undefined)
    .map(({ metadata }) => metadata.name)
    .sort();
}

/** What keeps a node from a session with a router, as in `n1 is cordoned`; undefined when nothing does. */
export function whyNoSession({ spec }: BgpPeer, { metadata, spec: node }: Node): string | undefined {
  const labels = metadata.labels ?? {};
  if (!isSelected(spec.nodeSelector, labels)) return 'is not chosen by its spec.nodeSelector';
  if (!isSelectedByAny(spec.nodeSelectors, labels)) return 'is chosen by none of its spec.nodeSelectors';
  if (labels[cniLabel] === cniWithBgp) return `has the label ${cniLabel}=${cniWithBgp}`;
  if (labels[excludeNodeLabel] !== undefined) return `has the label ${excludeNodeLabel}`;
  return node?.unschedulable === true ? 'is cordoned' : undefined;
}
