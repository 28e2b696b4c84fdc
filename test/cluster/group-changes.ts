/** What a watch of VipGroups was sent for: which part of an object takes how many bytes, and what each change was. */
import type { VipGroup } from '../../src/api/vip-group.js';

export interface GroupChanges {
  /** Events by what changed in them: `spec +1` for an address that came, `spec +1 -2`, `spec` for something else of it, `status`. */
  readonly kinds: Map<string, number>;
  /** Bytes of all events, by part of the object. */
  readonly bytes: Map<string, number>;
  /** Events by which addresses came, and how many came by them. */
  readonly joined: { events: number; addresses: number };
  readonly latest: Map<string, VipGroup>;
}

export function newGroupChanges(present: readonly VipGroup[]): GroupChanges {
  const latest = new Map(present.map((each) => [each.metadata.name, each]));
  return { kinds: new Map(), bytes: new Map(), joined: { events: 0, addresses: 0 }, latest };
}

export function noteChange({ kinds, bytes, joined, latest }: GroupChanges, group: VipGroup): void {
  const { managedFields, labels, ...metadata } = group.metadata as VipGroup['metadata'] & Record<string, unknown>;
  const parts = { managedFields, labels, metadata, spec: group.spec, status: group.status };
  for (const [part, value] of Object.entries(parts)) add(bytes, part, JSON.stringify(value ?? '').length);
  const before = latest.get(group.metadata.name);
  const [came, went] = [addressesBeyond(group, before), addressesBeyond(before, group)];
  if (came > 0) joined.events += 1;
  joined.addresses += came;
  add(kinds, kindOf(before, group, came, went), 1);
  latest.set(group.metadata.name, group);
}

function kindOf(before: VipGroup | undefined, { spec, status }: VipGroup, came: number, went: number): string {
  if (before === undefined) return 'new';
  if (came + went > 0) return ['spec', came && `+${came}`, went && `-${went}`].filter(Boolean).join(' ');
  if (JSON.stringify(before.spec) !== JSON.stringify(spec)) return 'spec';
  return JSON.stringify(before.status) === JSON.stringify(status) ? 'nothing' : 'status';
}

/** How many addresses one has that the other has not. */
function addressesBeyond(one: VipGroup | undefined, other: VipGroup | undefined): number {
  const had = new Set(other?.spec.addresses);
  return one?.spec.addresses.filter((each) => !had.has(each)).length ?? 0;
}

function add(counts: Map<string, number>, key: string, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}
