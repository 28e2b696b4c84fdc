/** What a watch of VipGroups was sent for: which part of an object takes how many bytes, and what each change was. */
import type { VipGroup } from '../../src/api/vip-group.js';

export interface GroupChanges {
  /** Events by what changed in them: `spec +1` for an address that came, `spec +1 -2`, `spec` for something else of it, `status`. */
  readonly kinds: Map<string, number>;
  /** Bytes of all events, by part of the object. */
  readonly bytes: Map<string, number>;
  readonly latest: Map<string, VipGroup>;
}

export function newGroupChanges(present: readonly VipGroup[]): GroupChanges {
  return { kinds: new Map(), bytes: new Map(), latest: new Map(present.map((each) => [each.metadata.name, each])) };
}

export function noteChange({ kinds, bytes, latest }: GroupChanges, group: VipGroup): void {
  const { managedFields, labels, ...metadata } = group.metadata as VipGroup['metadata'] & Record<string, unknown>;
  const parts = { managedFields, labels, metadata, spec: group.spec, status: group.status };
  for (const [part, value] of Object.entries(parts)) add(bytes, part, JSON.stringify(value ?? '').length);
  add(kinds, kindOf(latest.get(group.metadata.name), group), 1);
  latest.set(group.metadata.name, group);
}

function kindOf(before: VipGroup | undefined, { spec, status }: VipGroup): string {
  if (before === undefined) return 'new';
  const [had, has] = [new Set(before.spec.addresses), new Set(spec.addresses)];
  const came = [...has].filter((each) => !had.has(each)).length;
  const went = [...had].filter((each) => !has.has(each)).length;
  if (came + went > 0) return ['spec', came && `+${came}`, went && `-${went}`].filter(Boolean).join(' ');
  if (JSON.stringify(before.spec) !== JSON.stringify(spec)) return 'spec';
  return JSON.stringify(before.status) === JSON.stringify(status) ? 'nothing' : 'status';
}

function add(counts: Map<string, number>, key: string, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}
