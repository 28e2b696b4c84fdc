/**
 * Writes VipGroups so that no address is ever in two of them, however late the watch is and whoever else writes:
 * an address joins a group only once it has left the other, and once a record that every controller writes says where it goes
 * (context/reservations.ts); each write names the version of the spec that was decided on, which the server compares; what is made
 * overwrites nothing.
 */
import { groupLabels } from '../../api/group-labels.js';
import type { VipGroup, VipGroupSpec } from '../../api/vip-group.js';
import { hasStatus } from '../../platform/kubernetes/api-error.js';
import { type Again, overtaken } from '../../platform/kubernetes/work-queue.js';
import { readAgain } from '../cache/read-again.js';
import { type Context, fieldManager } from '../context/context.js';
import { createReservations, groupRecord, type Reservations } from '../context/reservations.js';
import { vipGroups } from '../objects/resources.js';
import { forEachBounded } from './bounded.js';
import { catchUpGroups } from './catch-up.js';
import { type Change, changesOf, patchFor, reservationsFor } from './changes.js';
import { droppedFields } from './dropped-fields.js';
import { withAddresses } from './spec.js';

/** How many VipGroups are written at the same time. */
const writesAtOnce = 8;

/** Made empty, or left by addresses; joined by addresses; and left by those that a write of unknown fate may have brought. */
const mostPasses = 3;

type Scope = Pick<Context, 'client' | 'world' | 'schedule' | 'settings' | 'isDamaged' | 'log'>;

/** What is kept from one write to the next. */
export interface Placements {
  readonly reservations: Reservations;
  /** Eips with addresses that other groups have still. */
  readonly waiting: Set<string>;
  /** Fields that the server was seen to drop, and that were told of. */
  readonly dropped: Set<string>;
}

export function newPlacements(c: Scope): Placements {
  const reservations = createReservations({
    recordName: groupRecord,
    client: c.client,
    namespace: c.settings.namespace,
    catchUp: catchUpGroups(c),
  });
  return { reservations, waiting: new Set(), dropped: new Set() };
}

/** What there is to say of each write: the group, and what it said before. */
type OnWritten = (name: string, before: VipGroupSpec | undefined, spec: VipGroupSpec) => void;

/**
 * Makes the groups of an Eip be those of `wanted`, as far as other groups let go of their addresses: for those that wait the Eip is
 * looked at again by itself.
 */
export async function writeGroups(
  c: Scope,
  placements: Placements,
  eip: string,
  wanted: ReadonlyMap<string, VipGroupSpec>,
  onWritten: OnWritten,
): Promise<Again | undefined> {
  try {
    return await writePasses(c, placements, eip, wanted, onWritten);
  } catch (error) {
    if (error instanceof Overtaken) return overtaken;
    throw error;
  }
}

/** Addresses have left a group: Eips that wait for some are looked at again. */
export function addressesLeft({ schedule }: Pick<Context, 'schedule'>, { waiting }: Placements): void {
  waiting.forEach(schedule.groups);
}

async function writePasses(
  c: Scope,
  placements: Placements,
  eip: string,
  wanted: ReadonlyMap<string, VipGroupSpec>,
  onWritten: OnWritten,
): Promise<Again | undefined> {
  const { vipGroups: groups } = c.world;
  const { reservations, waiting } = placements;
  const gone = [...groups.list()].filter(({ metadata, spec }) => spec.eip === eip && !wanted.has(metadata.name));
  await forEachBounded(gone, writesAtOnce, (group) => guarded(c, group.metadata.name, () => remove(c, group)));
  let written = gone.length;
  for (let pass = 0; pass < mostPasses; pass++) {
    const changes = changesOf(wanted, { groups, open: reservations.open(), isDamaged: c.isDamaged });
    if (changes.length === 0) break;
    // What was decided counts no more where the record is not what it was.
    const reserved = await Promise.all(reservationsFor(changes).map(reservations.reserve));
    if (!reserved.every(Boolean)) return overtaken;
    await forEachBounded(changes, writesAtOnce, (change) =>
      guarded(c, change.name, async () => {
        const kept = await write(c, change);
        groups.wrote(kept);
        tellOfDropped(c, placements, change, kept);
        onWritten(change.name, change.present?.spec, change.spec);
      }),
    );
    written += changes.length;
  }
  const lacks = [...wanted].some(([name, { addresses }]) => {
    const has = new Set(groups.get(name)?.spec.addresses);
    return addresses.some((address) => !has.has(address));
  });
  waiting.delete(eip);
  if (written > 0) addressesLeft(c, placements);
  if (lacks) waiting.add(eip);
  return undefined;
}

/** Once for each field: the server goes on dropping it. */
function tellOfDropped({ log }: Scope, { dropped }: Placements, { name, spec }: Change, kept: VipGroup): void {
  const fields = droppedFields(spec, kept.spec).filter((field) => !dropped.has(field));
  if (fields.length === 0) return;
  for (const field of fields) dropped.add(field);
  const message =
    'the API server drops fields of a VipGroup, which agents go without: its CustomResourceDefinition is older than this controller. ' +
    'Install those of this version: deploy/crds, or the chart with crds.install';
  log.warn(message, { group: name, fields: fields.map((field) => `spec.${field}`) });
}

async function write({ client }: Scope, { name, present, spec }: Change): Promise<VipGroup> {
  if (present === undefined) {
    const metadata = { name, labels: groupLabels(name, spec.members) };
    return client.create(vipGroups, { metadata, spec }, { fieldManager });
  }
  const { uid } = present.metadata;
  return client.jsonPatch<VipGroup>(vipGroups, name, patchFor(present, spec), { uid, fieldManager });
}

/** Without addresses: agents keep those of a group that goes with some, since somebody else must have deleted it (decision 36). */
async function remove(c: Scope, group: VipGroup): Promise<void> {
  const { client, world } = c;
  const present = group.spec.addresses.length === 0 ? group : await withoutAddresses(c, group);
  const { name, uid, resourceVersion } = present.metadata;
  await client.remove(vipGroups, name, { uid, resourceVersion });
  world.vipGroups.removed(present);
}

/** Where the server takes no such group it goes as it is; the group that has changed meanwhile is told by its version. */
async function withoutAddresses(c: Scope, group: VipGroup): Promise<VipGroup> {
  const spec = withAddresses(group.spec, []);
  try {
    const emptied = await write(c, { name: group.metadata.name, present: group, spec });
    c.world.vipGroups.wrote(emptied);
    return emptied;
  } catch (error) {
    if (hasStatus(error, 422)) return group;
    throw error;
  }
}

/** What is refused because the group is not what it was has been overtaken. */
async function guarded({ client, world }: Scope, name: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    const refused = [404, 409, 422].some((status) => hasStatus(error, status));
    if (refused && (await readAgain<VipGroup>(client, vipGroups, name, world.vipGroups))) throw new Overtaken();
    throw error;
  }
}

class Overtaken extends Error {}
