/** The notes that the controller keeps on an Eip about its groups: what is to become of them, and writing that. */
import type { Eip } from '../../api/eip.js';
import type { VipGroup } from '../../api/vip-group.js';
import type { EipPool } from '../cache/pools.js';
import { type Context, fieldManager } from '../context/context.js';
import { attendAddressesOfOthers } from '../notes/addresses-of-others.js';
import { attendForeignRouters } from '../notes/foreign-routers.js';
import type { Patience } from '../notes/handover-due.js';
import type { NoteUpdate } from '../notes/note.js';
import { attendRebalance } from '../notes/rebalancing.js';
import { eipReference } from '../objects/references.js';
import { eips } from '../objects/resources.js';
import { leadingElsewhere } from './plan-parts.js';

/** An Eip that is wrong is left as it is; one that has no groups has nothing to keep in order. */
export function noteUpdates(
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
    attendRebalance(c, object, present, () => leadingElsewhere(c.world.vipGroups.list(), eip), patience),
  ];
}

/** Writes the notes that changed, and tells what they are about. To be done before anything that follows from them. */
export async function writeNotes(
  c: Pick<Context, 'client' | 'world' | 'recorder'>,
  eip: string,
  updates: readonly NoteUpdate[],
): Promise<void> {
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
}
