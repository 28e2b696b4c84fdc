/** The VipGroups of one Eip: which there are, and what each of them says; and the Eip's own notes about them. In rounds: intent, then apply. */
import type { Eip } from '../../api/eip.js';
import type { VipGroup, VipGroupSpec } from '../../api/vip-group.js';
import { formatIp, parseIp } from '../../core/ip/address.js';
import { contains } from '../../core/ip/range.js';
import { hasStatus } from '../../platform/kubernetes/api-error.js';
import { type Again, overtaken } from '../../platform/kubernetes/work-queue.js';
import type { EipPool } from '../cache/pools.js';
import { readAgain } from '../cache/read-again.js';
import type { Context } from '../context/context.js';
import { forgetEip, newPatience, type Patience } from '../notes/handover-due.js';
import { familyOf } from '../objects/group.js';
import { eips } from '../objects/resources.js';
import { sameJson } from '../objects/same-json.js';
import { type AdditionPace, paceAdditions } from './deferred-addition.js';
import { paceRemovals, type RemovalPace } from './deferred-removal.js';
import { type IdAllocation, newIdAllocation, release } from './id-allocation.js';
import { type Intent, intentOf } from './intent.js';
import { noteUpdates, writeNotes } from './notes.js';
import { pauseAfter } from './pace.js';
import { situationOf } from './situation.js';
import { type Told, tellNewId, tellWarnings } from './tell.js';
import { addressesLeft, newPlacements, type Placements, writeGroups } from './write.js';

export interface GroupsReconciler {
  reconcile(eip: string): Promise<Again | undefined>;
  /**
   * A virtual router ID is free, or an address has left a group: Eips that lack some are looked at again.
   *
   * @param group as it was when it had the ID that is free
   */
  freed(group?: VipGroup): void;
}

/** What is kept from one round to the next. */
interface State {
  readonly placements: Placements;
  readonly allocation: IdAllocation;
  readonly patience: Patience;
  readonly pace: { readonly removals: RemovalPace; readonly additions: AdditionPace };
  readonly told: Told;
  /** Eips that would have more groups if virtual router IDs were free. */
  readonly short: Set<string>;
  /** When the next round of an Eip may begin. */
  readonly nextRoundAt: Map<string, number>;
}

export function createGroupsReconciler(c: Context): GroupsReconciler {
  const s: State = {
    placements: newPlacements(c),
    allocation: newIdAllocation(),
    patience: newPatience(),
    pace: { removals: new Map(), additions: new Map() },
    told: new Map(),
    short: new Set(),
    nextRoundAt: new Map(),
  };
  return {
    reconcile: async (eip) => {
      try {
        return await round(c, s, eip);
      } catch (error) {
        // The notes are on an Eip that has changed.
        const refused = hasStatus(error, 409) || hasStatus(error, 404);
        if (refused && (await readAgain<Eip>(c.client, eips, eip, c.world.eips))) return overtaken;
        throw error;
      }
    },
    freed: (group) => {
      if (group !== undefined) releaseId(c, s, group);
      s.short.forEach(c.schedule.groups);
      addressesLeft(c, s.placements);
    },
  };
}

async function round(c: Context, s: State, eip: string): Promise<Again | undefined> {
  const began = c.clock.now();
  const pauseMs = (s.nextRoundAt.get(eip) ?? 0) - began;
  if (pauseMs > 0 && c.world.eips.get(eip) !== undefined) return { after: pauseMs };
  const present = [...c.world.vipGroups.list()].filter(({ spec }) => spec.eip === eip);
  const pool = c.world.pools().find(({ name }) => name === eip);
  if (c.world.eips.get(eip) === undefined) {
    s.told.delete(eip);
    forgetEip(s.patience, eip);
  }
  const notes = noteUpdates(c, eip, pool, present, s.patience);
  await writeNotes(c, eip, notes);
  const decidingSince = c.clock.now();
  const intent = intentOf(situationOf(c, eip, pool, present), s.allocation);
  const decidedMs = c.clock.now() - decidingSince;
  if (pool !== undefined) {
    tellWarnings(c, s.told, pool, [...intent.warnings, ...notes.flatMap(({ warnings }) => warnings)]);
  }
  noteShortage(c, s, eip, intent);
  const { specs, waits } = paced(c, s, eip, pool, { present, intent, now: began });
  const written: VipGroupSpec[] = [];
  const again = await writeGroups(c, s.placements, eip, specs, (name, before, spec) => {
    written.push(spec);
    tellNewId(c, name, before, spec);
  });
  if (written.length + waits.length === 0) s.nextRoundAt.delete(eip);
  else s.nextRoundAt.set(eip, began + pauseAfter(written, decidedMs));
  waits.push(...notes.flatMap((each) => each.afterMs ?? []));
  return again ?? (waits.length === 0 ? undefined : { after: Math.min(...waits) });
}

/** An address that nobody has leaves its group now, or a while later; one that is new may wait for others. */
function paced(
  c: Context,
  { pace }: State,
  eip: string,
  pool: EipPool | undefined,
  o: { readonly present: readonly VipGroup[]; readonly intent: Intent; readonly now: number },
): { readonly specs: Intent['specs']; readonly waits: number[] } {
  const { specs, selective } = o.intent;
  if (pool === undefined) {
    pace.removals.delete(eip);
    pace.additions.delete(eip);
    return { specs, waits: [] };
  }
  const isFree = (text: string) => {
    const address = parseIp(text);
    if (address === undefined || !contains(pool.ranges, address)) return false;
    return c.assignments.ledger.holders(address).length === 0;
  };
  const { now } = o;
  const removals = paceRemovals(pace.removals, eip, specs, { present: o.present, isFree, now });
  if (!selective) return { specs: removals.specs, waits: waitsOf(removals) };
  const additions = paceAdditions(pace.additions, eip, removals.specs, { present: c.world.vipGroups.list(), now });
  return { specs: additions.specs, waits: waitsOf(removals, additions) };
}

function waitsOf(...all: readonly { readonly afterMs?: number }[]): number[] {
  return all.flatMap(({ afterMs }) => afterMs ?? []);
}

/** Who lacks IDs gets those that others let go of, whose share is less now. */
function noteShortage(c: Context, { short }: State, eip: string, intent: Intent): void {
  const unplaced = c.unplaced.get(eip) ?? [];
  if (!sameJson(unplaced.map(formatIp), intent.unplaced.map(formatIp))) {
    if (intent.unplaced.length === 0) c.unplaced.delete(eip);
    else c.unplaced.set(eip, intent.unplaced);
    c.schedule.status(eip);
  }
  if (intent.short) short.add(eip);
  else short.delete(eip);
  intent.others.forEach(c.schedule.groups);
}

/** The ID that a group had rests for a while. */
function releaseId(c: Context, { allocation }: State, { metadata, spec }: VipGroup): void {
  const [family, id] = [familyOf(spec), spec.vrrp?.virtualRouterId];
  if (family !== undefined && id !== undefined) release(allocation, family, id, metadata.name, c.clock.now());
}
