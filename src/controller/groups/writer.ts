/**
 * Writes VipGroups so that no address is ever in two of them, however late the watch is and whoever else writes:
 * an address joins a group only once it has left the other, and once a record that every controller writes says where it goes
 * (context/reservations.ts); each write names the version of the spec that was decided on, which the server compares; what is made overwrites nothing.
 */
import { hasMemberLabels, memberLabels, withMemberLabels } from '../../api/member-labels.js';
import type { VipGroup, VipGroupSpec } from '../../api/vip-group.js';
import { hasStatus } from '../../platform/kubernetes/api-error.js';
import type { JsonPatchOperation } from '../../platform/kubernetes/client.js';
import { type Again, overtaken } from '../../platform/kubernetes/work-queue.js';
import { readAgain } from '../cache/read-again.js';
import { type Context, fieldManager } from '../context/context.js';
import { createReservations, groupRecord, type Reservation } from '../context/reservations.js';
import { vipGroups } from '../objects/resources.js';
import { forEachBounded } from './bounded.js';
import { catchUpGroups, generationOf } from './catch-up.js';
import { sameSpec } from './spec.js';

/** How many VipGroups are written at the same time. */
const writesAtOnce = 8;

/** Made empty, or left by addresses; joined by addresses; and left by those that a write of unknown fate may have brought. */
const mostPasses = 3;

export interface GroupWriter {
  /**
   * Makes the groups of an Eip be those of `wanted`, as far as other groups let go of their addresses: for those that wait the Eip is
   * looked at again by itself.
   *
   * @param onWritten a group was written, with what it said before
   */
  settle(
    eip: string,
    wanted: ReadonlyMap<string, VipGroupSpec>,
    onWritten: (name: string, before: VipGroupSpec | undefined, spec: VipGroupSpec) => void,
  ): Promise<Again | undefined>;
  /** Addresses have left a group: Eips that wait for some are looked at again. */
  left(): void;
}

const several = Symbol('several');

interface Change {
  readonly name: string;
  /** The group as it is; undefined: it is to be made. */
  readonly present: VipGroup | undefined;
  readonly spec: VipGroupSpec;
}

export function createGroupWriter(
  c: Pick<Context, 'client' | 'world' | 'schedule' | 'settings' | 'isDamaged'>,
): GroupWriter {
  const { client, world } = c;
  const placements = createReservations({
    recordName: groupRecord,
    client,
    namespace: c.settings.namespace,
    catchUp: catchUpGroups(c),
  });
  /** Eips with addresses that other groups have still. */
  const waiting = new Set<string>();

  /** By address, the group that has it or may yet get it; `several` if that is said of more than one. */
  const places = (open: readonly Reservation[]): ReadonlyMap<string, string | typeof several> => {
    const groups = new Map<string, string | typeof several>();
    const add = (addresses: readonly string[], name: string) => {
      for (const each of addresses) groups.set(each, (groups.get(each) ?? name) === name ? name : several);
    };
    for (const { metadata, spec } of world.vipGroups.list()) add(spec.addresses, metadata.name);
    for (const { key, addresses } of open) add(addresses, key);
    return groups;
  };

  const changesOf = (wanted: ReadonlyMap<string, VipGroupSpec>): readonly Change[] => {
    const open = placements.open();
    let placed: ReturnType<typeof places> | undefined;
    const isFree = (address: string, name: string) => {
      placed ??= places(open);
      return (placed.get(address) ?? name) === name;
    };
    return [...wanted].flatMap(([name, whole]): Change[] => {
      const present = world.vipGroups.get(name);
      if (present === undefined) return [{ name, present, spec: withAddresses(whole, []) }];
      const had = new Set(present.spec.addresses);
      const addresses = whole.addresses.filter((each) => had.has(each) || isFree(each, name));
      const spec = withAddresses(whole, addresses);
      const labelled = hasMemberLabels(present.metadata.labels, spec.members);
      if (!sameSpec(present.spec, spec) || !labelled || c.isDamaged(present)) return [{ name, present, spec }];
      // What may yet happen to this version of the spec is made to happen, so that it does not come later as a surprise.
      const possible = open.filter(({ key }) => key === name).flatMap(({ addresses: each }) => each);
      const coming = possible.filter((each) => !had.has(each));
      return coming.length === 0 ? [] : [{ name, present, spec: withAddresses(spec, [...addresses, ...coming]) }];
    });
  };

  /** False: what was decided counts no more. */
  const reserve = async (changes: readonly Change[]): Promise<boolean> => {
    const reservations = changes.flatMap(({ name, present, spec }) => {
      const joining = spec.addresses.filter((each) => !present?.spec.addresses.includes(each));
      if (present === undefined || joining.length === 0) return [];
      const { uid = '' } = present.metadata;
      return [{ key: name, uid, resourceVersion: generationOf(present), addresses: joining }];
    });
    const granted = await Promise.all(reservations.map(placements.reserve));
    return granted.every(Boolean);
  };

  const write = async ({ name, present, spec }: Change): Promise<VipGroup> => {
    if (present === undefined) {
      const metadata = { name, labels: memberLabels(spec.members) };
      return client.create(vipGroups, { metadata, spec }, { fieldManager });
    }
    const { uid, generation, labels } = present.metadata;
    const labelled = hasMemberLabels(labels, spec.members);
    const operations: readonly JsonPatchOperation[] = [
      { op: 'test', path: '/metadata/generation', value: generation },
      // As `replace`, and also where somebody took it away.
      { op: 'add', path: '/spec', value: spec },
      ...(labelled
        ? []
        : [{ op: 'add', path: '/metadata/labels', value: withMemberLabels(labels, spec.members) } as const]),
    ];
    return client.jsonPatch<VipGroup>(vipGroups, name, operations, { uid, fieldManager });
  };

  const remove = async (present: VipGroup) => {
    const { name, uid, resourceVersion } = present.metadata;
    await client.remove(vipGroups, name, { uid, resourceVersion });
    world.vipGroups.removed(present);
  };

  /** What is refused because the group is not what it was has been overtaken. */
  const guarded = async (name: string, run: () => Promise<void>) => {
    try {
      await run();
    } catch (error) {
      const refused = [404, 409, 422].some((status) => hasStatus(error, status));
      if (refused && (await readAgain<VipGroup>(client, vipGroups, name, world.vipGroups))) throw new Overtaken();
      throw error;
    }
  };

  const left = () => {
    for (const eip of waiting) c.schedule.groups(eip);
  };

  const settle: GroupWriter['settle'] = async (eip, wanted, onWritten) => {
    const gone = [...world.vipGroups.list()].filter(
      ({ metadata, spec }) => spec.eip === eip && !wanted.has(metadata.name),
    );
    await forEachBounded(gone, writesAtOnce, (group) => guarded(group.metadata.name, () => remove(group)));
    let written = gone.length;
    for (let pass = 0; pass < mostPasses; pass++) {
      const changes = changesOf(wanted);
      if (changes.length === 0) break;
      if (!(await reserve(changes))) return overtaken;
      await forEachBounded(changes, writesAtOnce, (change) =>
        guarded(change.name, async () => {
          world.vipGroups.wrote(await write(change));
          onWritten(change.name, change.present?.spec, change.spec);
        }),
      );
      written += changes.length;
    }
    const lacks = [...wanted].some(([name, { addresses }]) => {
      const has = new Set(world.vipGroups.get(name)?.spec.addresses);
      return addresses.some((address) => !has.has(address));
    });
    waiting.delete(eip);
    if (written > 0) left();
    if (lacks) waiting.add(eip);
    return undefined;
  };

  return {
    left,
    settle: async (eip, wanted, onWritten) => {
      try {
        return await settle(eip, wanted, onWritten);
      } catch (error) {
        if (error instanceof Overtaken) return overtaken;
        throw error;
      }
    },
  };
}

class Overtaken extends Error {}

function withAddresses(spec: VipGroupSpec, addresses: readonly string[]): VipGroupSpec {
  return { ...spec, addresses: [...addresses], addressCount: addresses.length };
}
