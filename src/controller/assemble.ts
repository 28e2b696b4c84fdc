/** Puts the controller together: what is known, who acts on it, who listens. */
import { systemClock } from '../platform/kubernetes/clock.js';
import { createAssignments } from './context/assignments.js';
import type { Context, Schedule } from './context/context.js';
import { tellConditions } from './events/group-conditions.js';
import { due, isLocal, type View } from './follow-ups.js';
import type { Listeners } from './listeners.js';
import { webhookOfMetallb } from './metallb/running.js';
import { vipGroups } from './objects/resources.js';
import { type Actors, createReconcilers } from './reconcilers.js';
import { type AnswerTimes, seen } from './services/answer-times.js';
import type { ControllerOptions, ControllerState, Known } from './state.js';
import { createTaskQueue, type TaskQueue } from './tasks.js';
import { watchCluster } from './watch-cluster.js';

/** How long freed addresses are collected before those who wait for one are asked again, in milliseconds. */
const waitingMs = 100;

/** It watches from now on; nothing is written. */
export function newControllerState(o: ControllerOptions): ControllerState {
  const { client, recorder, timings, log, clock = systemClock } = o;
  const tasks = createTaskQueue({ reconciled: timings.reconciled, clock, log });
  const known = watchCluster(o, clock, () => state);
  const { exclusions, faulty, metallb } = known;
  const context: Context = {
    client,
    recorder,
    settings: known.settings,
    log,
    clock,
    world: known.world,
    assignments: createAssignments(),
    exclusions: exclusions.current,
    agents: known.agents,
    standings: known.standings,
    unplaced: known.unplaced,
    // Where none are made, a condition that is left over goes.
    following: { of: new Map(), known: metallb === undefined },
    isDamaged: ({ metadata }) => faulty.isRefused(vipGroups, metadata),
    schedule: scheduleOf(tasks, () => state),
  };
  const answerTimes: AnswerTimes = { waiting: new Map(), context, answered: timings.answered };
  const actors = createReconcilers(context, { exclusions, faulty, metallb, answerTimes });
  const view = viewOf(known, context, actors);
  const listeners = listenersOf(known, context, actors, answerTimes, tasks);
  const state: ControllerState = {
    ...{ ...known, ...actors, tasks, context, answerTimes, view, listeners },
    signer: o.signer,
  };
  return state;
}

function scheduleOf(tasks: TaskQueue, state: () => Pick<ControllerState, 'holderEvents'>): Schedule {
  return {
    service: (key) => tasks.add([due('service', key)]),
    groups: (eip) => tasks.add([due('groups', eip)]),
    status: (eip) => tasks.add([due('status', eip)]),
    bgp: (key) => tasks.add([due('bgp', key)]),
    tell: (service) => state().holderEvents.look(service),
    waiting: (afterMs = waitingMs) => tasks.add([due('waiting', '', afterMs)]),
  };
}

function viewOf({ world, faulty, settings, agents }: Known, { assignments }: Context, { aged }: Actors): View {
  return {
    world,
    assignments,
    isAged: aged.isAged,
    refusedGroups: () => faulty.refused(vipGroups),
    metallb: settings.metallb,
    silentNodes: agents.silent,
  };
}

function listenersOf(
  { agents, exclusions, standings, faulty, world, settings }: Known,
  context: Context,
  { services, groups, holderEvents }: Actors,
  answerTimes: AnswerTimes,
  tasks: TaskQueue,
): Listeners {
  return {
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
}
