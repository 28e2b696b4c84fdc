/**
 * The controller: watches, and brings the cluster in line. Level-triggered: an event only says what to look at again; what
 * is done follows from the caches alone.
 */
import type { Eip } from '../api/eip.js';
import type { VipGroup } from '../api/vip-group.js';
import type { ApiClient } from '../platform/kubernetes/client.js';
import { type Clock, type Log, systemClock } from '../platform/kubernetes/clock.js';
import type { Apis } from '../platform/kubernetes/discovery.js';
import type { EventRecorder } from '../platform/kubernetes/events.js';
import { keyOf } from '../platform/kubernetes/resource.js';
import { type Again, createWorkQueue, type WorkQueue, type WorkQueueStats } from '../platform/kubernetes/work-queue.js';
import { adoptBgpObject } from './bgp/adopt.js';
import { createFaultyObjects } from './cache/faulty-objects.js';
import { type Changes, type World, watchWorld } from './cache/world.js';
import { createAssignments } from './context/assignments.js';
import type { Context, Schedule, Settings } from './context/context.js';
import { createEipReconciler } from './eips/reconcile.js';
import { tellConditions } from './events/group-conditions.js';
import { createHolderEvents, gatherMs, type HolderEvents } from './events/holder-events.js';
import { createExclusionSource } from './exclusions/exclusions.js';
import { barred, tellOfExclusions } from './exclusions/news.js';
import { createGroupsReconciler } from './groups/reconcile.js';
import { createAgedReconciler } from './groups/status/reconcile-aged.js';
import { showsInvalid, showValidity, validityAfterMs } from './groups/status/validity.js';
import { type Agents, watchAgents } from './liveness/agents.js';
import { isLedByAnother } from './notes/handover-due.js';
import { progressOf } from './notes/rebalancing.js';
import { nodesSpokenOf, shownOf, speaksOf } from './objects/group-mentions.js';
import { vipGroups } from './objects/resources.js';
import { sameJson } from './objects/same-json.js';
import { createServiceReconciler } from './services/reconcile.js';
import { createStandings } from './standing/standings.js';

export interface Controller {
  /** Acts until `signal` aborts and what is under way has ended. To be called once. */
  lead(signal: AbortSignal): Promise<void>;
  /** Why it is not ready to lead, or undefined. */
  problem(): string | undefined;
  /** Stops watching. */
  stop(): Promise<void>;
  stats(): ControllerStats;
  /** What it knows of the cluster, leading or not. */
  readonly world: Pick<World, 'eips' | 'services' | 'problem'>;
}

export interface ControllerStats {
  /** Absent while it does not lead. */
  readonly queue?: WorkQueueStats;
  readonly pools: readonly {
    readonly eip: string;
    readonly size: number;
    readonly used: number;
    /** Addresses in use that no node announces, as far as is known: no virtual router ID, no node, no agent. */
    readonly unannounced: number;
  }[];
  /** Services of ours that have less than they want. */
  readonly waiting: number;
  readonly holderEvents: ReturnType<HolderEvents['stats']>;
  readonly agents: ReturnType<Agents['counts']>;
  /** How often something was wrong with an object of a kind. */
  readonly faulty: ReadonlyMap<string, number>;
}

/** How many objects are reconciled at the same time: enough to hide the round trips to the API server. */
const concurrency = 16;

/** How long freed addresses are collected before those who wait for one are asked again, in milliseconds. */
const waitingMs = 100;

/** How long a leader waits for the first list of the agents' Leases, in milliseconds. */
const patienceMs = 2_000;
/** How long changes of what is left out of pools are gathered, in milliseconds: nodes come and change by the dozen. */
const exclusionsMs = 100;

/** Starts watching; nothing is written before `lead`. */
export function startController(o: {
  readonly client: ApiClient;
  readonly apis: Apis;
  readonly recorder: Pick<EventRecorder, 'event'>;
  readonly settings: Settings;
  readonly log: Log;
  readonly clock?: Clock;
}): Controller {
  const clock = o.clock ?? systemClock;
  let queue: WorkQueue | undefined;
  const schedule: Schedule = {
    service: (key) => queue?.add(`service/${key}`),
    groups: (eip) => queue?.add(`groups/${eip}`),
    status: (eip) => queue?.add(`status/${eip}`),
    tell: (service) => holderEvents.look(service),
    waiting: () => queue?.addAfter('waiting/', waitingMs),
  };

  const faulty = createFaultyObjects({ recorder: o.recorder, log: o.log, clock });
  const everyService = () => {
    for (const { metadata } of world.services.list()) schedule.service(keyOf(metadata));
  };
  const everyGroup = () => {
    for (const { metadata } of world.eips.list()) schedule.groups(metadata.name);
  };
  /** Another Eip's group that has the same virtual router ID may have to leave it. */
  const lookAtRivals = ({ spec: { eip, vrrp } }: VipGroup) => {
    for (const { spec } of world.vipGroups.list()) {
      if (spec.vrrp?.virtualRouterId !== vrrp?.virtualRouterId || spec.eip === eip) continue;
      if (spec.eip !== undefined) schedule.groups(spec.eip);
    }
  };
  /** A group says something that is not to be shown any more, or the wrong reason why nobody holds it. */
  const lookAtAge = (group: VipGroup | undefined) => {
    if (queue !== undefined && group !== undefined && aged.isAged(group)) queue.add(`aged/${group.metadata.name}`);
  };
  /** How a group stands has changed, without its having been written. */
  const restand = (group: VipGroup) => {
    standings.seen(group.metadata.name);
    lookAtAge(group);
    holderEvents.standing(group.spec.addresses);
    if (group.spec.eip !== undefined) queue?.addAfter(`status/${group.spec.eip}`, gatherMs);
  };
  const changes: Changes = {
    problem: (resource, metadata, problem, refused) => {
      faulty.note(resource, metadata, problem, refused);
      if (resource !== vipGroups) return;
      // What the controller still knows of the group puts it right again, where it is one of its own.
      const eip = world.vipGroups.get(metadata.name)?.spec.eip;
      if (refused && eip !== undefined) schedule.groups(eip);
      queue?.addAfter(`valid/${metadata.name}`, validityAfterMs);
    },
    service: (key) => {
      exclusions.service(key);
      schedule.service(key);
    },
    eip: (name, change) => {
      schedule.status(name);
      if (change === 'notes') {
        schedule.groups(name);
        exclusions.others();
      }
      if (change !== 'definition') return;
      exclusions.pools();
      everyService();
      // A pool that changes may overlap others no more, or from now on.
      for (const { metadata } of world.eips.list()) schedule.status(metadata.name);
      schedule.groups(name);
    },
    vipGroup: (name, object, previous) => {
      standings.seen(name);
      agents.look();
      lookAtAge(object);
      exclusions.group(object, previous);
      const [id, former] = [object?.spec.vrrp?.virtualRouterId, previous?.spec.vrrp?.virtualRouterId];
      const addressLeft = previous?.spec.addresses.some((each) => object?.spec.addresses.includes(each) !== true);
      const idLeft = former !== undefined && former !== id;
      if (previous !== undefined && (idLeft || addressLeft)) groups.freed(idLeft ? previous : undefined);
      if (object !== undefined && id !== former) lookAtRivals(object);
      if (object !== undefined && queue !== undefined) tellConditions(context, object, previous);
      holderEvents.group(object, previous);
      const eip = (object ?? previous)?.spec.eip;
      if (eip !== undefined && !sameJson(shownOf(object), shownOf(previous))) {
        queue?.addAfter(`status/${eip}`, gatherMs);
      }
      const moves =
        rebalances(world.eips.get(object?.spec.eip ?? '')) ||
        [object, previous].some((each) => each !== undefined && isLedByAnother(each));
      const inputs = (group: typeof object) => [
        group?.spec,
        group?.metadata.labels,
        group?.status?.members?.map(({ node, address, foreignRouter }) => [node, address, foreignRouter]),
        group?.status?.notHeld,
        moves && [group?.status?.holder, group?.status?.members],
      ];
      if (object !== undefined && sameJson(inputs(object), inputs(previous))) return;
      for (const eip of new Set([object?.spec.eip, previous?.spec.eip])) if (eip !== undefined) schedule.groups(eip);
    },
    bgpObject: (key) => queue?.add(`bgp/${key}`),
    node: (name) => {
      exclusions.others();
      everyGroup();
      for (const { metadata } of world.eips.list()) queue?.addAfter(`status/${metadata.name}`, gatherMs);
      holderEvents.node();
      if (world.node(name) === undefined) queue?.add(`lease/${name}`);
    },
    namespace: (name) => {
      services.namespaceSeen(name);
      if (queue === undefined) return;
      for (const { metadata } of world.services.list())
        if (metadata.namespace === name) schedule.service(keyOf(metadata));
    },
    readyNodes: (service) => {
      if (context.assignments.ledger.holding(service)?.terms.local !== true) return;
      for (const { pool } of context.assignments.grants(service)) schedule.groups(pool);
      holderEvents.look(service);
    },
  };

  const world = watchWorld(o.client, o.apis, changes, { log: o.log, clock });
  const agents = watchAgents(o.client, {
    namespace: o.settings.namespace,
    nodes: () => nodesSpokenOf(world.vipGroups.list()),
    isGone: (node) => world.node(node) === undefined,
    onChange: (node) => {
      for (const group of world.vipGroups.list()) if (speaksOf(group, node)) restand(group);
      queue?.add(`lease/${node}`);
    },
    onNetwork: () => {
      exclusions.others();
      everyGroup();
    },
    log: o.log,
    clock,
  });
  const exclusions = createExclusionSource({
    world,
    networks: agents.networks,
    wall: clock.wall,
    changed: () => queue?.addAfter('exclusions/', exclusionsMs),
  });
  const unplaced: Context['unplaced'] = new Map();
  const standings = createStandings({
    world,
    agents,
    unplaced: (eip) => unplaced.get(eip) ?? [],
    barred: (address) => barred(address, exclusions.current()),
    clock,
    onUnled: restand,
    onUngrouped: (address) => holderEvents.standing([address]),
  });
  const context: Context = {
    ...o,
    world,
    assignments: createAssignments(),
    exclusions: exclusions.current,
    agents,
    standings,
    unplaced,
    isDamaged: ({ metadata }) => faulty.isRefused(vipGroups, metadata),
    clock,
    schedule,
  };
  const services = createServiceReconciler(context);
  const groups = createGroupsReconciler(context);
  const eips = createEipReconciler(context);
  const aged = createAgedReconciler(context);
  const holderEvents = createHolderEvents(context);

  const reconcile = async (task: string): Promise<Again | undefined> => {
    const slash = task.indexOf('/');
    const key = task.slice(slash + 1);
    switch (task.slice(0, slash)) {
      case 'service':
        return services.reconcile(key);
      case 'status':
        return eips.reconcile(key);
      case 'groups':
        return groups.reconcile(key);
      case 'exclusions':
        tellOfExclusions(context, exclusions.news(), holderEvents);
        return undefined;
      case 'aged':
        return aged.group(key);
      case 'lease':
        return aged.node(key);
      case 'valid':
        return showValidity(context, key, faulty.refusalOf(vipGroups, key));
      case 'bgp':
        return adoptBgpObject(context, key);
      default:
        for (const waiting of services.waiting()) schedule.service(waiting);
        return undefined;
    }
  };

  return {
    lead: async (signal) => {
      await Promise.all([world.synced, heard(agents, clock)]);
      if (signal.aborted) return;
      exclusions.news();
      services.load();
      holderEvents.begin();
      faulty.begin();
      const own = createWorkQueue({
        reconcile,
        concurrency,
        clock,
        onError: (task, error, { attempts, retryMs }) => {
          o.log.warn('cannot bring an object in line, retrying', {
            task,
            error,
            attempts,
            retryMs: Math.round(retryMs),
          });
        },
      });
      queue = own;
      // Services first: groups are made from what all of them have.
      everyService();
      everyGroup();
      for (const { spec } of world.vipGroups.list()) if (spec.eip !== undefined) schedule.groups(spec.eip);
      for (const name of faulty.refused(vipGroups)) queue.add(`valid/${name}`);
      for (const group of world.vipGroups.list()) {
        lookAtAge(group);
        if (showsInvalid(group)) queue.add(`valid/${group.metadata.name}`);
      }
      for (const node of agents.silent()) queue.add(`lease/${node}`);
      for (const { metadata } of world.eips.list()) schedule.status(metadata.name);
      for (const key of world.bgpObjects()) queue.add(`bgp/${key}`);
      await aborted(signal);
      queue = undefined;
      holderEvents.end();
      faulty.end();
      await own.close();
    },
    problem: () => world.problem() ?? world.outOfTouch(),
    stop: async () => {
      standings.stop();
      await Promise.all([world.stop(), agents.stop()]);
    },
    world,
    stats: () => ({
      ...(queue === undefined ? {} : { queue: queue.stats() }),
      pools: world.pools().map((pool) => ({
        eip: pool.name,
        size: Number(pool.ranges.reduce((sum, { first, last }) => sum + last - first + 1n, 0n)),
        used: Number(context.assignments.ledger.usage(pool.ranges)),
        unannounced: unannounced(context, pool.name),
      })),
      waiting: services.waiting().length,
      holderEvents: holderEvents.stats(),
      agents: agents.counts(),
      faulty: faulty.counts(),
    }),
  };
}

function unannounced({ world, standings, unplaced }: Context, eip: string): number {
  let count = unplaced.get(eip)?.length ?? 0;
  for (const group of world.vipGroups.list()) {
    if (group.spec.eip !== eip || group.spec.addresses.length === 0) continue;
    if (standings.of(group).by === 'nobody') count += group.spec.addresses.length;
  }
  return count;
}

function rebalances(eip: Eip | undefined): boolean {
  return eip !== undefined && progressOf(eip) !== undefined;
}

/** What agents say of their NICs decides which groups share a LAN: that is waited for, though not where the Leases cannot be read. */
function heard({ synced }: Agents, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(patienceMs, resolve);
    const done = () => {
      cancel();
      resolve();
    };
    synced.then(done, done);
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
