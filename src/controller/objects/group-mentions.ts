/** Of which agents a VipGroup speaks, and what of it others show: pure. */
import type { BgpConf } from '../../api/bgp-conf.js';
import type { BgpPeer } from '../../api/bgp-peer.js';
import { seerOf, type VipGroup } from '../../api/vip-group.js';

/** Every node of whose agent a group says something, or expects something; or a BgpPeer or BgpConf does. */
export function nodesSpokenOf(
  groups: Iterable<VipGroup>,
  { conf, peers }: { readonly conf: BgpConf | undefined; readonly peers: Iterable<BgpPeer> },
): ReadonlySet<string> {
  const nodes = new Set<string>(Object.keys(conf?.status?.nodesConfStatus ?? {}));
  for (const { status } of peers) {
    for (const { node } of status?.nodes ?? []) nodes.add(node);
    for (const node of Object.keys(status?.nodesPeerStatus ?? {})) nodes.add(node);
  }
  for (const { spec, status } of groups) {
    for (const { node } of spec.members) nodes.add(node);
    for (const { node } of status?.members ?? []) nodes.add(node);
    if (status?.holder !== undefined) nodes.add(status.holder);
    for (const { message } of status?.conditions ?? []) {
      const seer = seerOf(message);
      if (seer !== undefined) nodes.add(seer);
    }
  }
  return nodes;
}

/** Whether a group says something of a node's agent, or expects something. */
export function speaksOf({ spec, status }: VipGroup, node: string): boolean {
  return (
    status?.holder === node ||
    spec.members.some((member) => member.node === node) ||
    status?.members?.some((member) => member.node === node) === true ||
    status?.conditions?.some(({ message }) => seerOf(message) === node) === true
  );
}

/** What of a group the status of its Eip shows. */
export function shownOf(group: VipGroup | undefined): unknown {
  const { holder, reason, members } = group?.status ?? {};
  if (holder !== undefined) return [holder, group?.status?.notHeld];
  return [reason, members?.map(({ node, state, message, routers }) => [node, state, message, routers])];
}
