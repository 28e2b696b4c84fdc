/** The VipGroups of one Eip: which there are, and what each of them says; and the Eip's own notes about them. */
import type { Eip } from '../../api/eip.js';
import type { VipGroup, VipGroupSpec } from '../../api/vip-group.js';
import { formatIp, parseIp } from '../../core/ip/address.js';
import { contains } from '../../core/ip/range.js';
import { hasStatus } from '../../platform/kubernetes/api-error.js';
import { createTokenBucket, type TokenBucket } from '../../platform/kubernetes/token-bucket.js';
import { type Again, overtaken } from '../../platform/kubernetes/work-queue.js';
import type { EipPool } from '../cache/pools.js';
import { readAgain } from '../cache/read-again.js';
import { type Context, fieldManager } from '../context/context.js';
import { attendAddressesOfOthers } from '../notes/addresses-of-others.js';
import { attendForeignRouters, whyLeft } from '../notes/foreign-routers.js';
import { newPatience, type Patience } from '../notes/handover-due.js';
import type { NoteUpdate } from '../notes/note.js';
import { attendRebalance } from '../notes/rebalancing.js';
import { familyOf } from '../objects/group.js';
import { eipReference } from '../objects/references.js';
import { eips } from '../objects/resources.js';
import { sameJson } from '../objects/same-json.js';
import { deferRemovals, departures, lookAgainMs } from './deferred-removal.js';
import { newIdAllocation, release } from './id-allocation.js';
import { type Intent, intentOf, leadingElsewhere } from './intent.js';
import { createGroupWriter } from './writer.js';

/**
 * The least time between two rounds of writes for one Eip, in milliseconds. The first change is written at once; those that come
 * hard upon it are written together, since each write of a group costs the server as much as several Services do.
 */
const roundEveryMs = 100;

/** Deciding about very many addresses takes a while: the pause after a round is this many times as long, at least. */
const pauseFactor = 10;

export interface GroupsReconciler {
  reconcile(eip: string): Promise<Again | undefined>;
  /**
   * A virtual router ID is free, or an address has left a group: Eips that lack some are looked at again.
   *
   * @param group as it was when it had the ID that is free
   */
  freed(group?: VipGroup): void;
}

export function createGroupsReconciler(c: Context): GroupsReconciler {
  const writer = createGroupWriter(c);
  /** What was last told about an Eip, so that it is told once. */
  const told = new Map<string, Intent['warnings']>();
  const allocation = newIdAllocation();
  const patience = newPatience();
  /** Eips that would have more groups if virtual router IDs were free. */
  const short = new Set<string>();

  /** By Eip, how often its groups may lose addresses that nobody has. */
  const leaving = new Map<string, TokenBucket>();
  /** When the next round of an Eip may begin. */
  const nextRoundAt = new Map<string, number>();

  const reconcile = async (eip: string): Promise<Again | undefined> => {
    const began = c.clock.now();
    const pauseMs = (nextRoundAt.get(eip) ?? 0) - began;
    if (pauseMs > 0 && c.world.eips.get(eip) !== undefined) return { after: pauseMs };
    const present = [...c.world.vipGroups.list()].filter(({ spec }) => spec.eip === eip);
    const pool = c.world.pools().find(({ name }) => name === eip);
    const updates = noteUpdates(c, eip, pool, present, patience);
    await note(eip, updates);
    const decidingSince = c.clock.now();
    const intent = intentOf(c, allocation, eip, pool, present);
    const decidedMs = c.clock.now() - decidingSince;
    warn(pool, [...intent.warnings, ...updates.flatMap(({ warnings }) => warnings)]);
    settleShortage(eip, intent);
    const { specs, afterMs } = settleFree(eip, pool, present, intent, began);
    const waits = [...updates.map((each) => each.afterMs), afterMs].flatMap((each) => each ?? []);
    const next = waits.length === 0 ? undefined : { after: Math.min(...waits) };
    let writes = 0;
    const again = await writer.settle(eip, specs, (name, before, spec) => {
      writes += 1;
      tellNewId(name, before?.vrrp?.virtualRouterId, spec);
    });
    if (writes === 0) nextRoundAt.delete(eip);
    else nextRoundAt.set(eip, began + Math.max(roundEveryMs, pauseFactor * decidedMs));
    return again ?? next;
  };

  /** What the groups are to be, with addresses that nobody has for as long as they may stay. */
  const settleFree = (
    eip: string,
    pool: EipPool | undefined,
    present: readonly VipGroup[],
    { specs }: Intent,
    now: number,
  ): { specs: Intent['specs']; afterMs?: number } => {
    if (pool === undefined) {
      leaving.delete(eip);
      return { specs };
    }
    const stay = deferRemovals(specs, present, (text) => {
      const address = parseIp(text);
      return (
        address !== undefined && contains(pool.ranges, address) && c.assignments.ledger.holders(address).length === 0
      );
    });
    if (stay.count === 0) return { specs };
    const bucket = leaving.get(eip) ?? createTokenBucket(departures);
    leaving.set(eip, bucket);
    return bucket.tryTake(now) ? { specs } : { specs: stay.specs, afterMs: lookAgainMs };
  };

  /** Writes the notes that changed, before anything is done that follows from them, and tells what they are about. */
  const note = async (eip: string, updates: readonly NoteUpdate[]) => {
    const object = c.world.eips.get(eip);
    if (object === undefined) return;
    const { name, uid, resourceVersion, annotations = {} } = object.metadata;
    const changed = updates.filter(({ annotation, note }) => annotations[annotation] !== note);
    if (changed.length > 0) {
      const notes = Object.fromEntries(changed.map(({ annotation, note }) => [annotation, note ?? null]));
      const guard = { uid, resourceVersion, fieldManager };
      c.world.eips.wrote(await c.client.mergePatch<Eip>(eips, name, { metadata: { annotations: notes } }, guard));
    }
    for (const { type, reason, message } of updates.flatMap(({ news }) => news)) {
      c.recorder.event(eipReference(object), type, reason, message);
    }
  };

  /** Who lacks IDs gets those that others let go of, whose share is less now. */
  const settleShortage = (eip: string, intent: Intent) => {
    const unplaced = c.unplaced.get(eip) ?? [];
    if (!sameJson(unplaced.map(formatIp), intent.unplaced.map(formatIp))) {
      if (intent.unplaced.length === 0) c.unplaced.delete(eip);
      else c.unplaced.set(eip, intent.unplaced);
      c.schedule.status(eip);
    }
    if (intent.short) short.add(eip);
    else short.delete(eip);
    intent.others.forEach(c.schedule.groups);
  };

  const tellNewId = (group: string, before: number | undefined, { eip, vrrp }: VipGroupSpec) => {
    const object = c.world.eips.get(eip ?? '');
    if (object === undefined || before === undefined || before === vrrp?.virtualRouterId) return;
    const reserved = c.settings.virtualRouterIds.reserved.has(before) ? 'that one is reserved' : undefined;
    const why = whyLeft(object, group, before) ?? reserved;
    if (why === undefined) return;
    const message = `group ${group} goes from virtual router ID ${before} to ${vrrp?.virtualRouterId}, because ${why}`;
    c.recorder.event(eipReference(object), 'Normal', 'VirtualRouterIdChanged', message);
  };

  const warn = (pool: EipPool | undefined, warnings: Intent['warnings']) => {
    if (pool === undefined) return;
    const before = told.get(pool.name) ?? [];
    if (sameJson(before, warnings)) return;
    told.set(pool.name, warnings);
    for (const { reason, message } of warnings) c.recorder.event(eipReference(pool.eip), 'Warning', reason, message);
    if (!before.some(keepsSilent) || warnings.some(keepsSilent)) return;
    const message = 'every address has a node that may announce it and a virtual router ID again';
    c.recorder.event(eipReference(pool.eip), 'Normal', 'Announceable', message);
  };

  return {
    reconcile: async (eip) => {
      try {
        return await reconcile(eip);
      } catch (error) {
        // The notes are on an Eip that has changed.
        const refused = hasStatus(error, 409) || hasStatus(error, 404);
        if (refused && (await readAgain<Eip>(c.client, eips, eip, c.world.eips))) return overtaken;
        throw error;
      }
    },
    freed: (group) => {
      const [family, id] = group === undefined ? [] : [familyOf(group.spec), group.spec.vrrp?.virtualRouterId];
      if (group !== undefined && family !== undefined && id !== undefined) {
        release(allocation, family, id, group.metadata.name, c.clock.now());
      }
      short.forEach(c.schedule.groups);
      writer.left();
    },
  };
}

/** An Eip that is wrong is left as it is; one that has no groups has nothing to keep in order. */
function noteUpdates(
  c: Context,
  eip: string,
  pool: EipPool | undefined,
  present: readonly VipGroup[],
  patience: Patience,
): readonly NoteUpdate[] {
  const object = c.world.eips.get(eip);
  if (pool === undefined || pool.fault !== undefined || object === undefined) return [];
  return [
    attendForeignRouters(c, object, present),
    attendAddressesOfOthers(object, present, c.clock.wall()),
    attendRebalance(c, object, present, () => leadingElsewhere(c, eip), patience),
  ];
}

/** Whether it says that nobody announces an address. */
function keepsSilent({ reason }: Intent['warnings'][number]): boolean {
  return reason === 'NoEligibleNode' || reason === 'NoVirtualRouterId';
}
