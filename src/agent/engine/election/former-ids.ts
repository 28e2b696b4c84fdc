/**
 * A group that gets another virtual router ID while it runs. Its members hear of that at different times, and must not take each
 * other for dead meanwhile:
 *
 * - whoever knows the new ID hears members under the former ones as well, for as long as it runs;
 * - its own adverts go out under a former ID, too, for a while after the change, and after a member was heard under it: so a
 *   leader keeps those quiet that know the former one only, and answers one that took over under it.
 *
 * Afterwards nothing is sent under a former ID: it may belong to somebody else, which is why it was left.
 */
import type { Micros } from '../../../core/time.js';
import type { GroupConfig } from '../messages.js';

/** How long news of a change may take to reach every member without anybody taking over, while the API server is well. */
export const overlap: Micros = 10_000_000;

/** Former IDs that are heard, of which the configuration names some. */
const most = 8;

type Renumbered = { readonly config: GroupConfig; readonly formerIds: Map<number, Micros> };

/** Takes over a configuration's IDs: the present one is former from now on, unless it stays. */
export function renumber({ config, formerIds }: Renumbered, after: GroupConfig, now: Micros): void {
  for (const id of after.formerIds) if (!formerIds.has(id)) formerIds.set(id, 0);
  if (config.virtualRouterId !== after.virtualRouterId) formerIds.set(config.virtualRouterId, now + overlap);
  formerIds.delete(after.virtualRouterId);
  for (const id of formerIds.keys()) {
    if (formerIds.size <= most) break;
    if (!after.formerIds.includes(id)) formerIds.delete(id);
  }
}

/** A member was heard under this ID. */
export function heardUnder({ formerIds }: Renumbered, id: number, now: Micros): void {
  if (formerIds.has(id)) formerIds.set(id, now + overlap);
}

/** The IDs that an advert goes out under now. */
export function spokenIds({ config, formerIds }: Renumbered, now: Micros): readonly number[] {
  if (formerIds.size === 0) return [config.virtualRouterId];
  const spoken = [config.virtualRouterId];
  for (const [id, until] of formerIds) if (now < until) spoken.push(id);
  return spoken;
}
