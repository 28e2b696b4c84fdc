/**
 * Strangers that use the virtual router ID of a group: agents report those that go on, the group gets another ID, and the Eip
 * remembers the one it left in an annotation, written before the group is. So a restart changes nothing.
 */
import { foreignVirtualRouterIdsAnnotation } from '../../api/annotations.js';
import type { Eip } from '../../api/eip.js';
import type { VipGroup } from '../../api/vip-group.js';
import { type Family, formatIp, parseIp } from '../../core/ip/address.js';
import { type Conflict, type ForeignId, rememberedMs, settleConflicts } from '../../core/placement/foreign-ids.js';
import { rangeCapacity } from '../../core/placement/virtual-router-ids.js';
import type { Context } from '../context/context.js';
import { familyOf } from '../objects/group.js';
import { jsonNote, type NoteUpdate } from './note.js';

/** An entry of the annotation. */
interface Note {
  readonly id: number;
  readonly ipFamily: 'IPv4' | 'IPv6';
  readonly group: string;
  readonly by: string;
  /** ISO 8601. */
  readonly until: string;
}

/** What an Eip remembers; entries that somebody spoilt are left out. */
export function foreignIdsOf({ metadata }: Eip): readonly ForeignId[] {
  const notes = jsonNote(metadata.annotations?.[foreignVirtualRouterIdsAnnotation]);
  if (!Array.isArray(notes)) return [];
  return notes.filter(isNote).map(({ id, ipFamily, group, by, until }) => ({
    family: ipFamily === 'IPv6' ? 6 : 4,
    id,
    group,
    by,
    at: Date.parse(until) - rememberedMs,
  }));
}

/**
 * The IDs that Eips remember at `now`, in milliseconds since 1970.
 *
 * @param where whether that of a group of an Eip is meant; by default each is
 */
export function foreignIds(
  eips: Iterable<Eip>,
  now: number,
  where: (group: string, eip: string) => boolean = () => true,
): Record<Family, Set<number>> {
  const foreign = { 4: new Set<number>(), 6: new Set<number>() };
  for (const eip of eips) {
    for (const { family, id, group, at } of foreignIdsOf(eip)) {
      if (now < at + rememberedMs && where(group, eip.metadata.name)) foreign[family].add(id);
    }
  }
  return foreign;
}

/** @param present the Eip's groups */
export function attendForeignRouters(c: Context, eip: Eip, present: readonly VipGroup[]): NoteUpdate {
  const now = c.clock.wall();
  const before = foreignIdsOf(eip);
  const others = [...c.world.eips.list()].filter(({ metadata }) => metadata.name !== eip.metadata.name);
  const foreign = foreignIds(others, now);
  const { known, refused, nextAt } = settleConflicts(before, conflictsOf(c, present), {
    elsewhere: { 4: foreign[4].size, 6: foreign[6].size },
    capacity: rangeCapacity(c.settings.virtualRouterIds),
    now,
  });
  return {
    annotation: foreignVirtualRouterIdsAnnotation,
    note: known.length === 0 ? undefined : JSON.stringify(known.map(noteOf)),
    news: [],
    warnings: refused.map(({ group, id, by, why }) => ({
      reason: 'VirtualRouterIdConflict',
      message: `group ${group} stays at virtual router ID ${id} although ${by}, which is no member, sends adverts of it: ${reasons[why]}; ${remedy}`,
    })),
    afterMs: nextAt === undefined ? undefined : nextAt - now,
  };
}

const reasons = {
  'moved-too-often': 'it has left three IDs for that reason within a day',
  'too-many-foreign': 'half of the range is in the hands of others already',
} as const;

const remedy =
  'look for that host; keep the IDs of other routers from groups with --reserved-vrids and --vrid-range of the controller; against forged adverts let members sign theirs (spec.vrrp.authentication)';

/** Why a group that has `id` leaves it, for people; undefined when no stranger uses it. */
export function whyLeft(eip: Eip, group: string, id: number): string | undefined {
  const record = foreignIdsOf(eip).find((each) => each.group === group && each.id === id);
  if (record === undefined) return undefined;
  const until = new Date(record.at + rememberedMs).toISOString();
  return `${record.by}, which is no member, sends adverts of ${id} on the LAN; no group gets that ID until ${until}`;
}

/**
 * The strangers that agents report, one for each group. A node of the cluster is none, whose address only changed; but it is when it is a
 * member of another group with that ID, which was taken to be on another LAN. Of two such groups the first by name keeps the ID.
 */
function conflictsOf(c: Context, present: readonly VipGroup[]): readonly Conflict[] {
  let own: ReadonlySet<string> | undefined;
  return present.flatMap((object) => {
    const id = object.spec.vrrp?.virtualRouterId;
    const family = familyOf(object.spec);
    const reports = (object.status?.members ?? []).flatMap(({ foreignRouter }) => foreignRouter ?? []);
    const current = reports.filter(({ virtualRouterId }) => virtualRouterId === id);
    if (id === undefined || family === undefined || current.length === 0) return [];
    own ??= ownAddresses(c);
    const by = current
      .map(({ address }) => address)
      .find((address) => !own?.has(canonical(address)) || isOfRival(c, object, canonical(address)));
    return by === undefined ? [] : [{ family, id, group: object.metadata.name, by }];
  });
}

/** Whether an address is that of a member of an earlier group with the same ID. */
function isOfRival({ world }: Context, { metadata, spec }: VipGroup, address: string): boolean {
  return [...world.vipGroups.list()].some(
    (other) =>
      other.spec.eip !== spec.eip &&
      other.metadata.name < metadata.name &&
      other.spec.vrrp?.virtualRouterId === spec.vrrp?.virtualRouterId &&
      familyOf(other.spec) === familyOf(spec) &&
      addressesOf(other).some((each) => canonical(each) === address),
  );
}

function addressesOf({ spec, status }: VipGroup): readonly string[] {
  return [...spec.members, ...(status?.members ?? [])].flatMap((member) => member.address ?? []);
}

function ownAddresses({ world }: Context): ReadonlySet<string> {
  const own = new Set<string>();
  for (const { status } of world.nodes())
    for (const { address } of status?.addresses ?? []) own.add(canonical(address));
  for (const group of world.vipGroups.list()) for (const address of addressesOf(group)) own.add(canonical(address));
  return own;
}

function canonical(text: string): string {
  const address = parseIp(text);
  return address === undefined ? text : formatIp(address);
}

function noteOf({ id, family, group, by, at }: ForeignId): Note {
  return { id, ipFamily: family === 6 ? 'IPv6' : 'IPv4', group, by, until: new Date(at + rememberedMs).toISOString() };
}

function isNote(value: Partial<Note> | null): value is Note {
  return (
    typeof value === 'object' &&
    Number.isInteger(value?.id) &&
    typeof value?.group === 'string' &&
    typeof value.by === 'string' &&
    !Number.isNaN(Date.parse(value.until ?? ''))
  );
}
