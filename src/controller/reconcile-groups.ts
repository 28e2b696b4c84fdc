/** The VipGroups of one Eip: which there are, and what each of them says; and the Eip's own notes about them. */
import type { Eip } from '../api/eip.js';
import type { VipGroup, VipGroupSpec } from '../api/vip-group.js';
import { type Family, formatIp, type IpAddress } from '../core/ip/address.js';
import { rangesSize } from '../core/ip/range.js';
import { formerIdsOf } from '../core/placement/foreign-ids.js';
import type { Demand, PlacedAddress, Surroundings } from '../core/placement/group.js';
import { plan } from '../core/placement/plan.js';
import { hasStatus } from '../platform/kubernetes/api-error.js';
import { forEachBounded } from './bounded.js';
import { type Context, fieldManager } from './context.js';
import { eligibleNodes } from './eligible-nodes.js';
import { allForeignIds, attendForeignRouters, foreignIdsOf, whyLeft } from './foreign-routers.js';
import { familyOf, groupOf, sameSpec, specOf } from './group-objects.js';
import type { EipPool } from './pools.js';
import { attendRebalance, progressOf, yields } from './rebalancing.js';
import { eipReference } from './references.js';
import { eips, vipGroups } from './resources.js';
import { sameJson } from './same-json.js';
import type { Upkeep } from './upkeep.js';

/** How many VipGroups are written at the same time. */
const writesAtOnce = 8;

/**
 * The least time between two rounds of writes for one Eip, in milliseconds. The first change is written at once; those that come
 * hard upon it are written together, since each write of a group costs the server as much as several Services do.
 */
const roundEveryMs = 100;

/** Deciding about very many addresses takes a while: the pause after a round is this many times as long, at least. */
const pauseFactor = 10;

/** What the VipGroups of an Eip are to be, and what people should know about it. */
interface Intent {
  readonly specs: ReadonlyMap<string, VipGroupSpec>;
  readonly warnings: readonly { readonly reason: string; readonly message: string }[];
  /** There would be more groups if there were more virtual router IDs. */
  readonly short: boolean;
  /** Addresses that nobody announces, since there is no virtual router ID for them. */
  readonly unplaced: readonly IpAddress[];
}

export interface GroupsReconciler {
  reconcile(eip: string): Promise<{ after: number } | undefined>;
  /** A group is gone, and its virtual router ID free: Eips that lack some are looked at again. */
  freed(): void;
}

export function createGroupsReconciler(c: Context): GroupsReconciler {
  /** What was last told about an Eip, so that it is told once. */
  const told = new Map<string, Intent['warnings']>();
  /** Eips that would have more groups if there were more virtual router IDs, and how many addresses wait for that. */
  const short = new Map<string, number>();

  /** When the next round of an Eip may begin. */
  const nextRoundAt = new Map<string, number>();

  const reconcile = async (eip: string): Promise<{ after: number } | undefined> => {
    const began = c.clock.now();
    const pauseMs = (nextRoundAt.get(eip) ?? 0) - began;
    if (pauseMs > 0 && c.world.eips.get(eip) !== undefined) return { after: pauseMs };
    const present = [...c.world.vipGroups.list()].filter(({ spec }) => spec.eip === eip);
    const pool = c.world.pools().find(({ name }) => name === eip);
    const upkeep = upkeepOf(c, eip, pool, present);
    await note(eip, upkeep);
    const intent = intentOf(c, eip, pool, present);
    warn(pool, [...intent.warnings, ...upkeep.flatMap(({ warnings }) => warnings)]);
    settleShortage(eip, intent);
    const shrinks = (spec: VipGroupSpec, object: VipGroup | undefined) =>
      object?.spec.addresses.some((address) => !spec.addresses.includes(address)) === true;
    const changed = [...intent.specs].flatMap(([name, spec]) => {
      const object = present.find(({ metadata }) => metadata.name === name);
      return object !== undefined && sameSpec(object.spec, spec) && !c.isDamaged(name)
        ? []
        : [{ name, spec, first: shrinks(spec, object) }];
    });
    const gone = present.filter(({ metadata }) => !intent.specs.has(metadata.name));
    const waits = upkeep.flatMap(({ afterMs }) => afterMs ?? []);
    const next = waits.length === 0 ? undefined : { after: Math.min(...waits) };
    if (changed.length + gone.length === 0) {
      nextRoundAt.delete(eip);
      return next;
    }
    nextRoundAt.set(eip, began + Math.max(roundEveryMs, pauseFactor * (c.clock.now() - began)));
    // An address that moves from one group to another leaves first: two leaders must not answer for it.
    await forEachBounded(gone, writesAtOnce, remove);
    for (const first of [true, false]) {
      await forEachBounded(
        changed.filter((change) => change.first === first),
        writesAtOnce,
        apply,
      );
    }
    return next;
  };

  /** Writes the notes that changed, before anything is done that follows from them, and tells what they are about. */
  const note = async (eip: string, upkeep: readonly Upkeep[]) => {
    const object = c.world.eips.get(eip);
    if (object === undefined) return;
    const { name, uid, resourceVersion, annotations = {} } = object.metadata;
    const changed = upkeep.filter(({ annotation, note }) => annotations[annotation] !== note);
    if (changed.length > 0) {
      const notes = Object.fromEntries(changed.map(({ annotation, note }) => [annotation, note ?? null]));
      const guard = { uid, resourceVersion, fieldManager };
      c.world.eips.wrote(await c.client.mergePatch<Eip>(eips, name, { metadata: { annotations: notes } }, guard));
    }
    for (const { type, reason, message } of upkeep.flatMap(({ news }) => news)) {
      c.recorder.event(eipReference(object), type, reason, message);
    }
  };

  /** Who lacks IDs may get those of other Eips' empty groups, which these let go of when there is no other. */
  const settleShortage = (eip: string, intent: Intent) => {
    const unplaced = c.unplaced.get(eip) ?? [];
    if (!sameJson(unplaced.map(formatIp), intent.unplaced.map(formatIp))) {
      if (intent.unplaced.length === 0) c.unplaced.delete(eip);
      else c.unplaced.set(eip, intent.unplaced);
      c.schedule.status(eip);
    }
    if (!intent.short) short.delete(eip);
    else if (short.get(eip) !== intent.unplaced.length) {
      short.set(eip, intent.unplaced.length);
      for (const { metadata } of c.world.eips.list()) if (metadata.name !== eip) c.schedule.groups(metadata.name);
    }
  };

  const apply = async ({ name, spec }: { name: string; spec: VipGroupSpec }) => {
    const body = { spec };
    const before = c.world.vipGroups.get(name);
    const written = await c.client.apply<VipGroup>(vipGroups, name, body, { fieldManager, force: true });
    c.world.vipGroups.wrote(written);
    tellNewId(name, before?.spec.vrrp?.virtualRouterId, spec);
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

  const remove = async (object: VipGroup) => {
    const { name, uid } = object.metadata;
    await c.client.remove(vipGroups, name, { uid });
    c.world.vipGroups.removed(object);
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
        if (hasStatus(error, 409)) return { after: 50 };
        throw error;
      }
    },
    freed: () => {
      for (const eip of short.keys()) c.schedule.groups(eip);
    },
  };
}

/** An Eip that is wrong is left as it is; one that has no groups has nothing to keep in order. */
function upkeepOf(c: Context, eip: string, pool: EipPool | undefined, present: readonly VipGroup[]): readonly Upkeep[] {
  const object = c.world.eips.get(eip);
  if (pool === undefined || pool.fault !== undefined || object === undefined) return [];
  return [
    attendForeignRouters(c, object, present),
    attendRebalance(c, object, present, () => surroundings(c, eip).leading),
  ];
}

function intentOf(c: Context, eip: string, pool: EipPool | undefined, present: readonly VipGroup[]): Intent {
  const addresses = placedAddresses(c, eip);
  if (pool?.fault !== undefined) return frozen(present, addresses);
  if (pool === undefined || (pool.eip.spec.protocol ?? 'bgp') === 'bgp')
    return { specs: new Map(), warnings: [], short: false, unplaced: [] };
  const object = c.world.eips.get(eip) ?? pool.eip;
  const move = progressOf(object)?.moving;
  const foreign = foreignIdsOf(object);
  const demand: Demand = {
    eip,
    addresses,
    nodes: eligibleNodes(pool.eip, c.world.nodes()),
    room: roomOf(pool),
    ...(pool.eip.spec.vrrp?.groups === undefined ? {} : { spread: pool.eip.spec.vrrp.groups }),
    existing: present.map(groupOf),
    ...(move === undefined ? {} : { wish: { group: move.group, node: move.to } }),
  };
  const { groups, unplaced, stuck, short } = plan(demand, surroundings(c, eip));
  const specs = groups.map((group): [string, VipGroupSpec] => {
    const object = present.find(({ metadata }) => metadata.name === group.name);
    const formerIds = formerIdsOf(foreign, group.name, group.virtualRouterId);
    return [group.name, specOf(group, pool.eip, object, c.world.node, { formerIds, yields: yields(move, object) })];
  });
  const warnings = [...noNodes(demand), ...noVirtualRouterIds(c, unplaced.map(formatIp)), ...noOtherId(c, stuck)];
  return { specs: new Map(specs), warnings, short, unplaced };
}

/** An Eip that became wrong gives nothing new and loses nothing: its groups only let go of addresses that nobody has any more. */
function frozen(present: readonly VipGroup[], addresses: readonly PlacedAddress[]): Intent {
  const held = new Set(addresses.map(({ address }) => formatIp(address)));
  const specs = present.map(({ metadata, spec }): [string, VipGroupSpec] => {
    const left = spec.addresses.filter((address) => held.has(address));
    return [metadata.name, { ...spec, addresses: left, addressCount: left.length }];
  });
  return { specs: new Map(specs), warnings: [], short: false, unplaced: [] };
}

/** How many addresses of each family may yet need a group; a disabled pool gives out nothing. */
function roomOf({ ranges, disabled }: EipPool): Demand['room'] {
  const size = (family: Family) => Number(rangesSize(ranges.filter((range) => range.family === family)));
  return disabled ? { 4: 0, 6: 0 } : { 4: size(4), 6: size(6) };
}

/** The addresses in use of an Eip; where Services share one and some are Local, the nodes that all those allow. */
function placedAddresses(c: Context, eip: string): readonly PlacedAddress[] {
  const placed = new Map<string, PlacedAddress>();
  for (const { address, holding } of c.assignments.ofPool(eip)) {
    const text = formatIp(address);
    const ready = holding.terms.local ? c.world.readyNodes(holding.key) : undefined;
    const others = placed.get(text)?.onlyOn;
    const onlyOn =
      ready === undefined ? others : others === undefined ? ready : ready.filter((n) => others.includes(n));
    placed.set(text, { address, ...(onlyOn === undefined ? {} : { onlyOn }) });
  }
  return [...placed.values()];
}

function surroundings(c: Context, eip: string): Surroundings {
  const taken: Record<Family, Map<number, string>> = { 4: new Map(), 6: new Map() };
  const leading = new Map<string, number>();
  for (const object of c.world.vipGroups.list()) {
    if (object.spec.eip === eip) continue;
    const { name, virtualRouterId, members } = groupOf(object);
    const family = familyOf(object.spec);
    for (const each of family === undefined ? ([4, 6] as const) : [family]) {
      if (virtualRouterId !== undefined) taken[each].set(virtualRouterId, name);
    }
    const [first] = members;
    if (first !== undefined) leading.set(first.node, (leading.get(first.node) ?? 0) + 1);
  }
  const salt = c.world.namespace('kube-system')?.metadata.uid ?? '';
  const foreign = allForeignIds(c.world.eips.list(), c.clock.wall());
  return { virtualRouterIds: c.settings.virtualRouterIds, taken, foreign, leading, salt };
}

/** Whether it says that nobody announces an address. */
function keepsSilent({ reason }: Intent['warnings'][number]): boolean {
  return reason === 'NoEligibleNode' || reason === 'NoVirtualRouterId';
}

function noNodes({ addresses, nodes }: Demand): Intent['warnings'] {
  if (addresses.length === 0 || nodes.length > 0) return [];
  const message =
    'no node may announce its addresses: give nodes the labels of spec.nodeSelector, or take the label node.kubernetes.io/exclude-from-external-load-balancers off some';
  return [{ reason: 'NoEligibleNode', message }];
}

function noVirtualRouterIds({ settings }: Context, unplaced: readonly string[]): Intent['warnings'] {
  if (unplaced.length === 0) return [];
  const { first, last } = settings.virtualRouterIds;
  const which = `${unplaced.slice(0, 3).join(', ')}${unplaced.length > 3 ? ` and ${unplaced.length - 3} more` : ''}`;
  const message = `nobody announces ${which}: every virtual router ID from ${first} to ${last} is taken: widen --vrid-range, shorten --reserved-vrids, or lower spec.vrrp.groups of the Eips`;
  return [{ reason: 'NoVirtualRouterId', message }];
}

function noOtherId({ settings }: Context, stuck: readonly string[]): Intent['warnings'] {
  const { first, last } = settings.virtualRouterIds;
  return stuck.map((group) => ({
    reason: 'NoVirtualRouterId',
    message: `group ${group} keeps a virtual router ID that is reserved or that another router on the LAN uses: every other from ${first} to ${last} is taken: widen --vrid-range, shorten --reserved-vrids, or lower spec.vrrp.groups of the Eips`,
  }));
}
