/** Which groups of an Eip are to be written next, and what each then says: pure. */
import { hasGroupLabels, withGroupLabels } from '../../api/group-labels.js';
import type { VipGroup, VipGroupSpec } from '../../api/vip-group.js';
import type { JsonPatchOperation } from '../../platform/kubernetes/client.js';
import type { Reservation } from '../context/reservation-record.js';
import { generationOf } from './catch-up.js';
import { sameSpec, withAddresses } from './spec.js';

export interface Change {
  readonly name: string;
  /** The group as it is; undefined: it is to be made, at first without addresses. */
  readonly present: VipGroup | undefined;
  readonly spec: VipGroupSpec;
}

export interface Present {
  /** Every group, of whichever Eip. */
  readonly groups: { get(name: string): VipGroup | undefined; list(): Iterable<VipGroup> };
  /** Addresses that groups may yet get by writes that are under way, or of unknown fate. */
  readonly open: readonly Reservation[];
  /** Whether a group is not what is known of it any more, because somebody spoilt it. */
  readonly isDamaged: (group: VipGroup) => boolean;
}

const several = Symbol('several');
type Places = ReadonlyMap<string, string | typeof several>;

/** An address joins a group only where no other has it or may yet get it: it is left out of the change until then. */
export function changesOf(
  wanted: ReadonlyMap<string, VipGroupSpec>,
  { groups, open, isDamaged }: Present,
): readonly Change[] {
  let placed: Places | undefined;
  const isFree = (address: string, name: string) => {
    placed ??= placesOf(groups.list(), open);
    return (placed.get(address) ?? name) === name;
  };
  return [...wanted].flatMap(([name, whole]): Change[] => {
    const present = groups.get(name);
    if (present === undefined) return [{ name, present, spec: withAddresses(whole, []) }];
    const had = new Set(present.spec.addresses);
    const addresses = whole.addresses.filter((each) => had.has(each) || isFree(each, name));
    const spec = withAddresses(whole, addresses);
    const labelled = hasGroupLabels(present.metadata.labels, name, spec.members);
    if (!sameSpec(present.spec, spec) || !labelled || isDamaged(present)) return [{ name, present, spec }];
    // What may yet happen to this version of the spec is made to happen, so that it does not come later as a surprise.
    const possible = open.filter(({ key }) => key === name).flatMap(({ addresses: each }) => each);
    const coming = possible.filter((each) => !had.has(each));
    return coming.length === 0 ? [] : [{ name, present, spec: withAddresses(whole, [...addresses, ...coming]) }];
  });
}

/** By address, the group that has it or may yet get it; `several` if that is said of more than one. */
function placesOf(groups: Iterable<VipGroup>, open: readonly Reservation[]): Places {
  const places = new Map<string, string | typeof several>();
  const add = (addresses: readonly string[], name: string) => {
    for (const each of addresses) places.set(each, (places.get(each) ?? name) === name ? name : several);
  };
  for (const { metadata, spec } of groups) add(spec.addresses, metadata.name);
  for (const { key, addresses } of open) add(addresses, key);
  return places;
}

/** What is to be in the record before the changes are written: the addresses that join a group. */
export function reservationsFor(changes: readonly Change[]): readonly Reservation[] {
  return changes.flatMap(({ name, present, spec }) => {
    const joining = spec.addresses.filter((each) => !present?.spec.addresses.includes(each));
    if (present === undefined || joining.length === 0) return [];
    const { uid = '' } = present.metadata;
    return [{ key: name, uid, resourceVersion: generationOf(present), addresses: joining }];
  });
}

/** A patch that the server refuses where the spec is not the one that was decided on. */
export function patchFor({ metadata }: VipGroup, spec: VipGroupSpec): readonly JsonPatchOperation[] {
  const labels: readonly JsonPatchOperation[] = hasGroupLabels(metadata.labels, metadata.name, spec.members)
    ? []
    : [{ op: 'add', path: '/metadata/labels', value: withGroupLabels(metadata.labels, metadata.name, spec.members) }];
  return [
    { op: 'test', path: '/metadata/generation', value: metadata.generation },
    // As `replace`, and also where somebody took it away.
    { op: 'add', path: '/spec', value: spec },
    ...labels,
  ];
}
