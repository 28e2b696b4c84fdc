/** Which addresses of a group of protocol `bgp` this node announces, and how it stops: pure. Instants and durations are milliseconds. */
import { announcedOn } from '../../api/announced-on.js';
import { drainWindowOf } from '../../api/drain-window.js';
import type { VipGroup } from '../../api/vip-group.js';
import type { NodeView } from '../sources/node-view.js';

export interface Standing {
  /** As it is now, or was last. */
  readonly group: VipGroup;
  readonly isGone: boolean;
  /** What the node was taken out of service for, when this was decided. */
  readonly leaving: NodeView['leaving'];
  readonly announced: readonly string[];
  /** Addresses that are about to go. */
  readonly going: ReadonlyMap<string, Going>;
}

/** Routers are told of an address as before, then that this node goes (RFC 8326), then nothing. */
export interface Going {
  readonly from: number;
  readonly until: number;
}

/** So long routers are told nothing yet, where connections are kept: other nodes hear of the same change, and are to be ready for them. */
const headStart = 1_000;

/** What of a group this node announces. One that is taken out of service is of last resort at once, before the controller says so. */
export function announcedBy({ spec }: VipGroup, { name, leaving }: NodeView): readonly string[] {
  if (spec.protocol !== 'bgp') return [];
  if (leaving === undefined) return announcedOn(spec, name);
  const members = spec.members.map((member) => (member.node === name ? { ...member, lastResort: leaving } : member));
  return announcedOn({ ...spec, members }, name);
}

/**
 * How a group stands after a change; undefined: nothing of it is announced.
 *
 * A node that stops although an address still has its use goes in good order. It stops at once where the group does not have the address
 * any more, or where it has no endpoint for it.
 *
 * @param group as it is now; undefined: it is gone
 */
export function standingOf(
  before: Standing | undefined,
  group: VipGroup | undefined,
  node: NodeView,
  { now, drainWait }: { readonly now: number; readonly drainWait: number },
): Standing | undefined {
  const isGone = group === undefined;
  const isSame =
    before !== undefined &&
    before.isGone === isGone &&
    before.leaving === node.leaving &&
    (isGone || before.group === group);
  const announced = isSame ? before.announced : isGone ? [] : announcedBy(group, node);
  const going = goingOf(before, group, { announced: new Set(announced), node, now, drainWait });
  if (announced.length === 0 && going.size === 0) return undefined;
  if (isSame && sameGoing(going, before.going)) return before;
  return { group: group ?? before!.group, isGone, leaving: node.leaving, announced, going };
}

function goingOf(
  before: Standing | undefined,
  group: VipGroup | undefined,
  o: {
    readonly announced: ReadonlySet<string>;
    readonly node: NodeView;
    readonly now: number;
    readonly drainWait: number;
  },
): ReadonlyMap<string, Going> {
  const going = new Map<string, Going>();
  if (before === undefined) return going;
  const needed = group && new Set(group.spec.addresses);
  const isOfUse = (address: string) => {
    const { onlyOn = {} } = (group ?? before.group).spec;
    const needsEndpoint = Object.hasOwn(onlyOn, address);
    // A group is not shown to who has no part in it any more: that of an address with endpoints is taken by losing them, or by leaving.
    if (needed === undefined) return !needsEndpoint || o.node.leaving !== undefined;
    return needed.has(address) && (!needsEndpoint || onlyOn[address]!.includes(o.node.name));
  };
  const keep = (address: string, goes: Going) => {
    if (goes.until > o.now && !o.announced.has(address) && isOfUse(address)) going.set(address, goes);
  };
  const from = o.now + (drainWindowOf((group ?? before.group).spec).window > 0 ? headStart : 0);
  for (const address of before.announced) keep(address, { from, until: from + o.drainWait });
  for (const [address, goes] of before.going) keep(address, goes);
  return going;
}

function sameGoing(a: Standing['going'], b: Standing['going']): boolean {
  return a.size === b.size && [...a].every(([address, goes]) => b.get(address) === goes);
}
