/** What this node does about a group of protocol `bgp`, and how it stops: pure. Instants and durations are milliseconds. */
import type { VipGroup } from '../../api/vip-group.js';
import type { NodeView } from './node-view.js';

/** `leaves`: it is a member that is not to announce while others do. */
export type Part = 'announces' | 'leaves' | 'none';

/** The part of a node in a group. A node that is taken out of service is one of last resort at once, before the controller says so. */
export function partIn({ spec }: VipGroup, { name, leaving }: NodeView): Part {
  if (spec.protocol !== 'bgp') return 'none';
  const own = spec.members.find(({ node }) => node === name);
  if (own === undefined) return 'none';
  const others = spec.members.some((member) => member !== own && member.lastResort === undefined);
  return others && (own.lastResort !== undefined || leaving !== undefined) ? 'leaves' : 'announces';
}

export interface Standing {
  /** As it was announced last. */
  readonly group: VipGroup;
  /** Until when routers are told that this node goes (RFC 8326); undefined: it announces. */
  readonly goingUntil: number | undefined;
}

/**
 * How a group stands after a change; undefined: nothing is announced of it.
 *
 * A node that stops because of itself, or with the whole group, goes in good order. One that is no longer a member of a group that goes
 * on stops at once: it may be the one that has no endpoint any more.
 *
 * @param group as it is now; undefined: it is gone
 */
export function standingOf(
  before: Standing | undefined,
  group: VipGroup | undefined,
  node: NodeView,
  { now, drainWait }: { readonly now: number; readonly drainWait: number },
): Standing | undefined {
  const part = group === undefined ? 'none' : partIn(group, node);
  if (part === 'announces')
    return before?.group === group && before?.goingUntil === undefined
      ? before
      : { group: group!, goingUntil: undefined };
  if (before === undefined) return undefined;
  const inOrder = part === 'leaves' || group === undefined || node.leaving !== undefined;
  const goingUntil = before.goingUntil ?? (inOrder ? now + drainWait : now);
  if (goingUntil <= now) return undefined;
  return before.goingUntil === goingUntil ? before : { group: before.group, goingUntil };
}
