/** Whether two versions of an object differ in what is read of it: pure. */
import {
  addressesOfOthersAnnotation,
  foreignVirtualRouterIdsAnnotation,
  rebalanceAnnotation,
} from '../../api/annotations.js';
import type { BgpConf } from '../../api/bgp-conf.js';
import type { BgpPeer } from '../../api/bgp-peer.js';
import type { Eip } from '../../api/eip.js';
import { lastResort } from '../nodes/last-resort.js';
import type { Namespace, Node } from '../objects/builtin-objects.js';
import { sameJson } from '../objects/same-json.js';

type BgpObject = BgpConf | BgpPeer;

/** Annotations that say something of an Eip's groups, and nothing of the pool. */
const notes: readonly string[] = [rebalanceAnnotation, foreignVirtualRouterIdsAnnotation, addressesOfOthersAnnotation];

/** What of an Eip is another: what it gives and to whom; else what is written on it about its groups; else its status at most. */
export function eipDifference(a: Eip | undefined, b: Eip | undefined): 'definition' | 'notes' | 'status' {
  if (a === undefined || b === undefined || !sameDefinition(a, b)) return 'definition';
  return sameNotes(a, b) ? 'status' : 'notes';
}

/** Whether two versions of an Eip define the same pool; BgpPeers may choose by its labels. */
function sameDefinition(a: Eip, b: Eip): boolean {
  const of = ({ spec, metadata }: Eip) => {
    const annotations = Object.entries(metadata.annotations ?? {}).filter(([name]) => !notes.includes(name));
    return JSON.stringify([
      spec,
      annotations,
      metadata.labels ?? {},
      metadata.finalizers ?? [],
      metadata.deletionTimestamp ?? '',
    ]);
  };
  return of(a) === of(b) && sameJson(a.wrong, b.wrong);
}

function sameNotes({ metadata: a }: Eip, { metadata: b }: Eip): boolean {
  return notes.every((name) => a.annotations?.[name] === b.annotations?.[name]);
}

/** What of a BgpConf or BgpPeer is another: what nodes do by it, or only its status. */
export function bgpDifference(a: BgpObject | undefined, b: BgpObject | undefined): 'definition' | 'status' {
  const of = ({ spec, metadata }: BgpObject) => JSON.stringify([spec, metadata.deletionTimestamp ?? '']);
  return a !== undefined && b !== undefined && of(a) === of(b) && sameJson(a.wrong, b.wrong) ? 'status' : 'definition';
}

export function sameLabels(a: Namespace | undefined, b: Namespace | undefined): boolean {
  const of = ({ metadata }: Namespace) => JSON.stringify(metadata.labels ?? {});
  return a !== undefined && b !== undefined && of(a) === of(b);
}

/** Its labels, its addresses and those of its Pods, and whether it is of last resort. */
export function sameNode(a: Node | undefined, b: Node | undefined): boolean {
  const of = (node: Node) =>
    JSON.stringify([
      node.metadata.labels ?? {},
      node.status?.addresses ?? [],
      node.spec?.podCIDRs ?? [],
      lastResort(node),
    ]);
  return a !== undefined && b !== undefined && of(a) === of(b);
}
