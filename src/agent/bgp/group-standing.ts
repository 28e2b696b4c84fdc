/** Which addresses of a group of protocol `bgp` this node announces, and how it stops: pure. Instants and durations are milliseconds. */
import { announcedOn } from '../../api/announced-on.js';
import type { VipGroup } from '../../api/vip-group.js';
import type { NodeView } from '../sources/node-view.js';

export interface Standing {
  /** As it is now, or was last. */
  readonly group: VipGroup;
  readonly isGone: boolean;
  /** What the node was taken out of service for, when this was decided. */
  readonly leaving: NodeView['leaving'];
  readonly announced: readonly string[];
  /** Addresses of which routers are told that this node goes (RFC 8326), and until when. */
  readonly going: ReadonlyMap<string, number>;
}

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
): ReadonlyMap<string, number> {
  const going = new Map<string, number>();
  if (before === undefined) return going;
  const needed = group && new Set(group.spec.addresses);
  const isOfUse = (address: string) => {
    const { onlyOn = {} } = (group ?? before.group).spec;
    const needsEndpoint = Object.hasOwn(onlyOn, address);
    // A group is not shown to who has no part in it any more: that of an address with endpoints is taken by losing them, or by leaving.
    if (needed === undefined) return !needsEndpoint || o.node.leaving !== undefined;
    return needed.has(address) && (!needsEndpoint || onlyOn[address]!.includes(o.node.name));
  };
  const keep = (address: string, until: number) => {
    if (until > o.now && !o.announced.has(address) && isOfUse(address)) going.set(address, until);
  };
  for (const address of before.announced) keep(address, o.now + o.drainWait);
  for (const [address, until] of before.going) keep(address, until);
  return going;
}

function sameGoing(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  return a.size === b.size && [...a].every(([address, until]) => b.get(address) === until);
}
