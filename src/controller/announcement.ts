/** Who announces an address of a Service, and which change of that people are told, in which words: pure. */
import { excludeNodeLabel } from '../api/annotations.js';
import type { Eip } from '../api/eip.js';
import type { VipGroup } from '../api/vip-group.js';
import { whyNotEligible } from './eligible-nodes.js';
import type { Node } from './objects.js';

export type Announcement =
  /** `reason`: why that node took over, as in `VipGroup.status`. */
  | { readonly by: 'node'; readonly node: string; readonly reason?: string }
  /** A node may, but none is known to. */
  | { readonly by: 'candidates'; readonly nodes: readonly string[] }
  /** Rules leave no node that may. */
  | { readonly by: 'nobody'; readonly reason: 'NoReadyEndpoint' | 'NoEligibleNode'; readonly message: string };

export interface News {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** What decides who may announce the addresses of a Service. */
export interface Rules {
  readonly eip: Eip;
  readonly nodes: readonly Node[];
  /** The nodes with a ready endpoint, where externalTrafficPolicy is Local; undefined: it is Cluster. */
  readonly ready?: readonly string[];
}

/** @param rules asked only when the group has no member */
export function announcementOf({ spec, status }: VipGroup, rules: () => Rules): Announcement {
  if (spec.members.length === 0) return withoutMembers(rules());
  if (status?.holder === undefined) return { by: 'candidates', nodes: spec.members.map(({ node }) => node).sort() };
  return { by: 'node', node: status.holder, ...(status.reason === undefined ? {} : { reason: status.reason }) };
}

/** Some may be found all the same: then the group is about to have members. */
function withoutMembers({ eip, nodes, ready }: Rules): Announcement {
  const eligible = nodes.filter((node) => whyNotEligible(eip, node) === undefined).map(({ metadata }) => metadata.name);
  const candidates = ready === undefined ? eligible : eligible.filter((name) => ready.includes(name));
  if (candidates.length > 0) return { by: 'candidates', nodes: candidates.sort() };
  if (ready === undefined) {
    const message = `no node may announce the addresses of Eip ${eip.metadata.name}: give nodes the labels of its spec.nodeSelector, or take the label ${excludeNodeLabel} off some`;
    return { by: 'nobody', reason: 'NoEligibleNode', message };
  }
  const local = 'externalTrafficPolicy Local leaves only nodes with a ready endpoint';
  if (ready.length === 0) {
    const message = `${local}, and the Service has none: get a Pod of it ready, or set externalTrafficPolicy to Cluster`;
    return { by: 'nobody', reason: 'NoReadyEndpoint', message };
  }
  const refusals = ready.map((name) => {
    const node = nodes.find(({ metadata }) => metadata.name === name);
    return `${name} ${node === undefined ? 'is not a node of this cluster' : whyNotEligible(eip, node)}`;
  });
  const which = `${refusals.slice(0, 3).join(', ')}${refusals.length > 3 ? ` and ${refusals.length - 3} more are excluded` : ''}`;
  const message = `${local}, and none of those may announce addresses of Eip ${eip.metadata.name}: ${which}: let one of them, run a Pod on another node, or set externalTrafficPolicy to Cluster`;
  return { by: 'nobody', reason: 'NoEligibleNode', message };
}

/**
 * What to tell about an address.
 *
 * @param before what was told last; undefined when nothing was
 * @returns undefined when there is nothing new: also while a holder is merely not known
 */
export function newsOf(address: string, before: Announcement | undefined, now: Announcement): News | undefined {
  switch (now.by) {
    case 'nobody':
      if (before?.by === 'nobody' && before.message === now.message) return undefined;
      return { type: 'Warning', reason: now.reason, message: `nobody announces ${address}: ${now.message}` };
    case 'candidates':
      if (before?.by !== 'nobody') return undefined;
      return {
        type: 'Normal',
        reason: 'Announceable',
        message: `${address} may be announced again, by ${list(now.nodes)}`,
      };
    case 'node': {
      if (before?.by === 'node' && before.node === now.node) return undefined;
      const was =
        before?.by === 'node' ? ` (was ${before.node}${now.reason === undefined ? '' : `: ${now.reason}`})` : '';
      return { type: 'Normal', reason: 'Held', message: `${address} is held by node ${now.node}${was}` };
    }
  }
}

/**
 * Which groups of an Eip changed hands, in one sentence: `lan-0, lan-2 are held by node n2 (was n1)`.
 *
 * @param before holder by group; a group that is not there had none
 */
export function holdersNews(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): string | undefined {
  const moves = new Map<string, string[]>();
  for (const [name, holder] of Object.entries(after)) {
    const former = before[name];
    if (former === holder) continue;
    const move = `held by node ${holder}${former === undefined ? '' : ` (was ${former})`}`;
    moves.set(move, [...(moves.get(move) ?? []), name]);
  }
  const parts = [...moves].map(([move, names]) => `${list(names)} ${names.length === 1 ? 'is' : 'are'} ${move}`);
  return parts.length === 0 ? undefined : parts.join('; ');
}

function list(names: readonly string[]): string {
  const shown = names.length > 8 ? [...names.slice(0, 7), `${names.length - 7} more`] : names;
  return shown.join(', ');
}
