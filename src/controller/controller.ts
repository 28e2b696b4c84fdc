/**
 * The controller: watches, and brings the cluster in line. Level-triggered: an event only says what to look at again
 * (follow-ups.ts); what is done follows from the caches alone. Here its parts are put together.
 */
import { leases } from '../platform/kubernetes/builtin-resources.js';
import type { ApiClient } from '../platform/kubernetes/client.js';
import { type Clock, type Log, systemClock } from '../platform/kubernetes/clock.js';
import type { Apis } from '../platform/kubernetes/discovery.js';
import type { EventRecorder } from '../platform/kubernetes/events.js';
import { createFaultyObjects } from './cache/faulty-objects.js';
import { type World, watchWorld } from './cache/world.js';
import { createAssignments } from './context/assignments.js';
import type { Context, Schedule, Settings } from './context/context.js';
import { tellConditions } from './events/group-conditions.js';
import { createExclusionSource } from './exclusions/exclusions.js';
import { barred } from './exclusions/news.js';
import { type Change, due, followUps, isLocal, type View } from './follow-ups.js';
import { type Listeners, restand, watchChanges } from './listeners.js';
import { type Agents, watchAgents } from './liveness/agents.js';
import { isMetallbRunning, servedBesideMetallb, webhookOfMetallb } from './metallb/running.js';
import { watchMetallb } from './metallb/watch.js';
import { nodesSpokenOf, speaksOf } from './objects/group-mentions.js';
import { vipGroups } from './objects/resources.js';
import type { ServedUnasked } from './objects/served-unasked.js';
import { observed } from './observers.js';
import { createReconcilers } from './reconcilers.js';
import { type AnswerTimes, seen } from './services/answer-times.js';
import { createStandings, type Standings } from './standing/standings.js';
import { type ControllerStats, poolStats } from './stats.js';
import { createTaskQueue } from './tasks.js';
import type { Timings } from './timings.js';
import type { Observer } from './web/observer.js';

export interface Controller {
  /** Acts until `signal` aborts and what is under way has ended. To be called once. */
  lead(signal: AbortSignal): Promise<void>;
  /** Why it is not ready to lead, or undefined. */
  problem(): string | undefined;
  /** Stops watching. */
  stop(): Promise<void>;
  stats(): ControllerStats;
  /** What it knows of the cluster, leading or not. */
  readonly world: World;
  readonly agents: Agents;
  readonly standings: Standings;
  /** Somebody looks on, until the result is called. */
  observe(observer: Observer): () => void;
  /** Of Services that say nothing of whose they are, those that are ours. */
  readonly allServices: ServedUnasked;
}

/** How long freed addresses are collected before those who wait for one are asked again, in milliseconds. */
const waitingMs = 100;

/** How long a leader waits for the first list of the agents' Leases, in milliseconds. */
const patienceMs = 2_000;

/** Starts watching; nothing is written before `lead`. */
export function startController(o: {
  readonly client: ApiClient;
  readonly apis: Apis;
  readonly recorder: Pick<EventRecorder, 'event'>;
  readonly settings: Settings;
  readonly timings: Timings;
  readonly log: Log;
  readonly clock?: Clock;
}): Controller {
  const { client, recorder, timings, log } = o;
  const clock = o.clock ?? systemClock;
  const tasks = createTaskQueue({ reconciled: timings.reconciled, clock, log });
  const follow = (change: Change) => {
    if (tasks.isOpen()) tasks.add(followUps(change, view));
  };
  const schedule: Schedule = {
    service: (key) => tasks.add([due('service', key)]),
    groups: (eip) => tasks.add([due('groups', eip)]),
    status: (eip) => tasks.add([due('status', eip)]),
    bgp: (key) => tasks.add([due('bgp', key)]),
    tell: (service) => holderEvents.look(service),
    waiting: (afterMs = waitingMs) => tasks.add([due('waiting', '', afterMs)]),
  };

  // What is known. Caches call back at the earliest once all that follows is made, since they start in the background.
  const faulty = createFaultyObjects({ recorder, log, clock });
  const observers = new Set<Observer>();
  const world: World = watchWorld(
    client,
    o.apis,
    observed(
      watchChanges(() => listeners, follow),
      observers,
      () => world,
    ),
    { log, clock },
  );
  const settings = servingOf(o.settings, world);
  const agents = watchAgents(client, {
    namespace: settings.namespace,
    nodes: () => nodesSpokenOf(world.vipGroups.list(), world.routing()),
    isGone: (node) => world.node(node) === undefined,
    onChange: (node) => {
      for (const group of world.vipGroups.list()) if (speaksOf(group, node)) restand(group, listeners, follow);
      follow({ of: 'agent', node });
      for (const observer of observers) observer.agent(node);
    },
    onNetwork: () => {
      exclusions.others();
      follow({ of: 'networks' });
    },
    onProblem: (lease, problem) => faulty.note(leases, lease, problem, false),
    log,
    clock,
  });
  const exclusions = createExclusionSource({
    world,
    networks: agents.networks,
    wall: clock.wall,
    allServices: settings.allServices,
    changed: () => follow({ of: 'exclusions' }),
  });
  const metallb =
    settings.metallb === undefined
      ? undefined
      : watchMetallb(client, { ...settings.metallb, onChange: () => follow({ of: 'metallb' }), log, clock });
  const unplaced: Context['unplaced'] = new Map();
  const standings = createStandings({
    world,
    agents,
    unplaced: (eip) => unplaced.get(eip) ?? [],
    barred: (address) => barred(address, exclusions.current()),
    clock,
    onUnled: (group) => restand(group, listeners, follow),
    onUngrouped: (address) => holderEvents.standing([address]),
  });
  const context: Context = {
    client,
    recorder,
    settings,
    log,
    clock,
    world,
    assignments: createAssignments(),
    exclusions: exclusions.current,
    agents,
    standings,
    unplaced,
    // Where none are made, a condition that is left over goes.
    following: { of: new Map(), known: metallb === undefined },
    isDamaged: ({ metadata }) => faulty.isRefused(vipGroups, metadata),
    schedule,
  };

  const answerTimes: AnswerTimes = { waiting: new Map(), context, answered: timings.answered };
  const known = { exclusions, faulty, metallb, answerTimes };
  const { services, groups, aged, holderEvents, byTask } = createReconcilers(context, known);
  const view: View = {
    world,
    assignments: context.assignments,
    isAged: aged.isAged,
    refusedGroups: () => faulty.refused(vipGroups),
    metallb: settings.metallb,
    silentNodes: agents.silent,
  };
  const listeners: Listeners = {
    agents,
    exclusions,
    standings,
    faulty,
    services,
    groups,
    holderEvents,
    service: (key) => {
      if (tasks.isOpen()) seen(answerTimes, key);
    },
    routing: () => {
      for (const group of world.vipGroups.list()) {
        if (group.spec.protocol === 'bgp') holderEvents.standing(group.spec.addresses);
      }
    },
    tellConditions: (object, previous) => {
      if (tasks.isOpen()) tellConditions(context, object, previous);
    },
    isLocal: (service) => isLocal(context, service),
    isMetallb: (service) => settings.metallb !== undefined && service === webhookOfMetallb(settings.metallb.namespace),
  };

  return {
    lead: async (signal) => {
      await Promise.all([world.synced, heard(agents, clock)]);
      if (signal.aborted) return;
      exclusions.news();
      services.load();
      holderEvents.begin();
      faulty.begin();
      tasks.open(byTask);
      follow({ of: 'leadership' });
      await aborted(signal);
      const closed = tasks.close();
      holderEvents.end();
      faulty.end();
      await closed;
    },
    problem: () => world.problem() ?? world.outOfTouch() ?? metallb?.problem(),
    stop: async () => {
      standings.stop();
      await Promise.all([world.stop(), agents.stop(), metallb?.stop()]);
    },
    world,
    agents,
    standings,
    observe: (observer) => {
      observers.add(observer);
      return () => void observers.delete(observer);
    },
    allServices: settings.allServices,
    stats: () => {
      const queue = tasks.stats();
      return {
        ...(queue === undefined ? {} : { queue }),
        pools: poolStats(context),
        waiting: services.waiting().length,
        holderEvents: holderEvents.stats(),
        agents: agents.counts(),
        faulty: faulty.counts(),
        metallb: metallb?.kinds() ?? new Map(),
      };
    },
  };
}

/** Where MetalLB's objects are followed, its Services are ours as soon as it does not run any more. */
function servingOf(settings: Settings, world: Pick<World, 'hasEndpoints'>): Settings {
  const { metallb, allServices } = settings;
  if (metallb === undefined) return settings;
  const beside = { ...settings, metallb: { ...metallb, runs: () => isMetallbRunning(world, metallb.namespace) } };
  return allServices === true ? beside : { ...beside, allServices: servedBesideMetallb(world, metallb.namespace) };
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
