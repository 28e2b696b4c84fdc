/**
 * Tells each Service, by Events, who announces its addresses. Level-triggered: a Service is looked at some time after something
 * has changed, and hears what is the case by then; what came and went in between nobody hears of.
 */
import type { VipGroup } from '../../api/vip-group.js';
import { sameJson } from '../objects/same-json.js';
import { add, addHolders } from './holder-events/pending.js';
import { type HolderEventsState, newHolderEventsState } from './holder-events/state.js';
import { toldBefore } from './holder-events/tell.js';

export interface HolderEvents {
  /** Begins to tell. What the statuses of the Eips say was told already, by whoever led before. */
  begin(): void;
  /** Something about who announces the addresses of a Service may have changed. */
  look(service: string): void;
  /** A group has changed. */
  group(object: VipGroup | undefined, previous: VipGroup | undefined): void;
  /** Something about how a group or an address stands has changed, without either having been written. */
  standing(addresses: readonly string[]): void;
  /** Something about a node has changed. */
  node(): void;
  end(): void;
  stats(): { readonly told: number; readonly dropped: number; readonly waiting: number };
}

/**
 * @param held hears of each address that a Service has and a node holds
 * @param looked hears at once of each Service whose addresses may be announced otherwise than before
 */
export function createHolderEvents(
  context: HolderEventsState['context'],
  held: HolderEventsState['held'] = () => {},
  looked: HolderEventsState['looked'] = () => {},
): HolderEvents {
  const h = newHolderEventsState({ context, held, looked });
  return {
    begin: () => begin(h),
    look: (service) => add(h, service),
    group: (object, previous) => group(h, object, previous),
    standing(addresses) {
      for (const text of addresses) addHolders(h, text);
    },
    node: () => node(h),
    end: () => end(h),
    stats: () => ({ ...h.counts, waiting: h.pending.size }),
  };
}

function begin(h: HolderEventsState): void {
  h.leading = true;
  for (const { key } of h.context.assignments.ledger.holdings()) {
    const known = toldBefore(h, key);
    if (known.size > 0) h.told.set(key, known);
    add(h, key);
  }
}

function group(h: HolderEventsState, object: VipGroup | undefined, previous: VipGroup | undefined): void {
  const unchanged = new Set(sameStanding(object, previous) ? previous?.spec.addresses : []);
  for (const text of object?.spec.addresses ?? []) if (!unchanged.has(text)) addHolders(h, text);
}

function node(h: HolderEventsState): void {
  for (const { spec } of h.context.world.vipGroups.list()) {
    if (spec.members.length === 0) for (const text of spec.addresses) addHolders(h, text);
  }
}

function end(h: HolderEventsState): void {
  h.leading = false;
  h.wake?.cancel();
  h.wake = undefined;
  h.pending.clear();
  h.told.clear();
}

/** Whether it looks the same to whoever has an address in both. */
function sameStanding(a: VipGroup | undefined, b: VipGroup | undefined): boolean {
  const seen = (group: VipGroup | undefined) => {
    const { holder, reason, members } = group?.status ?? {};
    // Only while nobody holds it does it matter what the members say.
    const { notHeld } = group?.status ?? {};
    const said = holder === undefined ? members?.map(({ node, state, message }) => [node, state, message]) : undefined;
    const { members: all, onlyOn } = group?.spec ?? {};
    return [holder, holder === undefined ? reason : undefined, all?.length === 0, said, notHeld, onlyOn];
  };
  return sameJson(seen(a), seen(b));
}
