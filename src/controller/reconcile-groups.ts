/** The VipGroups of one Eip: which there are, and what each of them says; and the Eip's own notes about them. */
import type { Eip } from '../api/eip.js';
import type { VipGroup, VipGroupSpec } from '../api/vip-group.js';
import { type Family, formatIp, type IpAddress, parseIp } from '../core/ip/address.js';
import { rangesSize } from '../core/ip/range.js';
import { formerIdsOf } from '../core/placement/foreign-ids.js';
import type { Demand, PlacedAddress, Surroundings } from '../core/placement/group.js';
import { plan } from '../core/placement/plan.js';
import { hasStatus } from '../platform/kubernetes/api-error.js';
import { type Again, overtaken } from '../platform/kubernetes/work-queue.js';
import { type Context, fieldManager } from './context.js';
import { eligibleNodes } from './eligible-nodes.js';
import { sharedNodes } from './endpoints.js';
import { allForeignIds, attendForeignRouters, foreignIdsOf, whyLeft } from './foreign-routers.js';
import { familyOf, groupOf, specOf } from './group-objects.js';
import { createGroupWriter } from './group-writer.js';
import type { EipPool } from './pools.js';
import { readAgain } from './read-again.js';
import { attendRebalance, progressOf, yields } from './rebalancing.js';
import { eipReference } from './references.js';
import { eips } from './resources.js';
import { sameJson } from './same-json.js';
import type { Upkeep } from './upkeep.js';

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
  reconcile(eip: string): Promise<Again | undefined>;
  /** A virtual router ID is free, or an address has left a group: Eips that lack some are looked at again. */
  freed(): void;
}

export function createGroupsReconciler(c: Context): GroupsReconciler {
  const writer = createGroupWriter(c);
  /** What was last told about an Eip, so that it is told once. */
  const told = new Map<string, Intent['warnings']>();
  /** Eips that would have more groups if there were more virtual router IDs, and how many addresses wait for that. */
  const short = new Map<string, number>();

  /** When the next round of an Eip may begin. */
  const nextRoundAt = new Map<string, number>();

  const reconcile = async (eip: string): Promise<Again | undefined> => {
    const began = c.clock.now();
    const pauseMs = (nextRoundAt.get(eip) ?? 0) - began;
    if (pauseMs > 0 && c.world.eips.get(eip) !== undefined) return { after: pauseMs };
    const present = [...c.world.vipGroups.list()].filter(({ spec }) => spec.eip === eip);
    const pool = c.world.pools().find(({ name }) => name === eip);
    const upkeep = upkeepOf(c, eip, pool, present);
    await note(eip, upkeep);
    const decidingSince = c.clock.now();
    const intent = intentOf(c, eip, pool, present);
    const decidedMs = c.clock.now() - decidingSince;
    warn(pool, [...intent.warnings, ...upkeep.flatMap(({ warnings }) => warnings)]);
    settleShortage(eip, intent);
    const waits = upkeep.flatMap(({ afterMs }) => afterMs ?? []);
    const next = waits.length === 0 ? undefined : { after: Math.min(...waits) };
    let writes = 0;
    const again = await writer.settle(eip, intent.specs, (name, before, spec) => {
      writes += 1;
      tellNewId(name, before?.vrrp?.virtualRouterId, spec);
    });
    if (writes === 0) nextRoundAt.delete(eip);
    else nextRoundAt.set(eip, began + Math.max(roundEveryMs, pauseFactor * decidedMs));
    return again ?? next;
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
    freed: () => {
      for (const eip of short.keys()) c.schedule.groups(eip);
      writer.left();
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
    otherNames: namesOfOthers(c, eip),
    ...(move === undefined ? {} : { wish: { group: move.group, node: move.to } }),
  };
  const { groups, unplaced, stuck, short } = plan(demand, surroundings(c, eip));
  const specs = groups.map((group): [string, VipGroupSpec] => {
    const object = present.find(({ metadata }) => metadata.name === group.name);
    const formerIds = formerIdsOf(foreign, group.name, group.virtualRouterId);
    return [group.name, specOf(group, pool.eip, object, c.world.node, { formerIds, yields: yields(move, object) })];
  });
  const warnings = [
    ...noNodes(demand),
    ...noVirtualRouterIds(c, unplaced.map(formatIp)),
    ...noOtherId(c, stuck),
    ...heldByHand(c, addresses),
  ];
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

/** The addresses in use of an Eip; those of Local Services only where these have endpoints. */
function placedAddresses(c: Context, eip: string): readonly PlacedAddress[] {
  const placed = new Map<string, { readonly address: IpAddress; readonly nodes: (readonly string[])[] }>();
  for (const { address, holding } of c.assignments.ofPool(eip)) {
    const text = formatIp(address);
    const known = placed.get(text) ?? { address, nodes: [] };
    if (holding.terms.local) known.nodes.push(c.world.readyNodes(holding.key));
    placed.set(text, known);
  }
  return [...placed.values()].map(({ address, nodes }) =>
    nodes.length === 0 ? { address } : { address, onlyOn: sharedNodes(nodes) },
  );
}

function namesOfOthers({ world }: Context, eip: string): ReadonlySet<string> {
  return new Set(
    [...world.vipGroups.list()].filter(({ spec }) => spec.eip !== eip).map(({ metadata }) => metadata.name),
  );
}

/** A group that was made by hand has its addresses for as long as it says so. */
function heldByHand({ world }: Context, addresses: readonly PlacedAddress[]): Intent['warnings'] {
  const byHand = [...world.vipGroups.list()].filter(({ spec }) => spec.eip === undefined && spec.addresses.length > 0);
  if (byHand.length === 0) return [];
  const wanted = new Set(addresses.map(({ address }) => formatIp(address)));
  return byHand.flatMap(({ metadata, spec }) => {
    const held = spec.addresses.filter((text) => wanted.has(canonical(text)));
    if (held.length === 0) return [];
    const message = `VipGroup ${metadata.name}, which no Eip has made, has ${held.slice(0, 3).join(', ')}: the nodes of that group announce what Services were given from this Eip: take it out of that group`;
    return [{ reason: 'AddressInOtherGroup', message }];
  });
}

function canonical(text: string): string {
  const address = parseIp(text);
  return address === undefined ? text : formatIp(address);
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
