/** Has everything watched that the controller goes by. */
import { leases } from '../platform/kubernetes/builtin-resources.js';
import type { Clock } from '../platform/kubernetes/clock.js';
import { createFaultyObjects } from './cache/faulty-objects.js';
import { type World, watchWorld } from './cache/world.js';
import type { Settings } from './context/context.js';
import { createExclusionSource } from './exclusions/exclusions.js';
import { barred } from './exclusions/news.js';
import { follow, followStanding } from './follow.js';
import type { Change } from './follow-ups.js';
import { watchChanges } from './listeners.js';
import { watchAgents } from './liveness/agents.js';
import { isMetallbRunning, servedBesideMetallb } from './metallb/running.js';
import { watchMetallb } from './metallb/watch.js';
import { nodesSpokenOf, speaksOf } from './objects/group-mentions.js';
import { observed } from './observers.js';
import { createStandings } from './standing/standings.js';
import type { ControllerOptions, ControllerState, Known } from './state.js';
import type { Observer } from './web/observer.js';

/** @param state asked at each change, since watches are begun before most of it is made */
export function watchCluster(o: ControllerOptions, clock: Clock, state: () => ControllerState): Known {
  const { client, recorder, log } = o;
  const following = (change: Change) => follow(state(), change);
  const faulty = createFaultyObjects({ recorder, log, clock });
  const observers = new Set<Observer>();
  const changes = watchChanges(() => state().listeners, following);
  const world: World = watchWorld(
    client,
    o.apis,
    observed(changes, observers, () => world),
    { log, clock },
  );
  const settings = servingOf(o.settings, world);
  const agents = watchAgents(client, {
    namespace: settings.namespace,
    nodes: () => nodesSpokenOf(world.vipGroups.list(), world.routing()),
    isGone: (node) => world.node(node) === undefined,
    onChange: (node) => hearOfAgent(state(), node),
    onNetwork: () => {
      exclusions.others();
      following({ of: 'networks' });
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
    changed: () => following({ of: 'exclusions' }),
  });
  const metallb =
    settings.metallb === undefined
      ? undefined
      : watchMetallb(client, { ...settings.metallb, onChange: () => following({ of: 'metallb' }), log, clock });
  const unplaced: Known['unplaced'] = new Map();
  const standings = createStandings({
    world,
    agents,
    unplaced: (eip) => unplaced.get(eip) ?? [],
    barred: (address) => barred(address, exclusions.current()),
    clock,
    onUnled: (group) => followStanding(state(), group),
    onUngrouped: (address) => state().holderEvents.standing([address]),
  });
  return { settings, world, agents, exclusions, metallb, standings, unplaced, faulty, observers };
}

/** A node's agent fell silent, or is heard of again. */
function hearOfAgent(state: ControllerState, node: string): void {
  for (const group of state.world.vipGroups.list()) if (speaksOf(group, node)) followStanding(state, group);
  follow(state, { of: 'agent', node });
  for (const observer of state.observers) observer.agent(node);
}

/** Where MetalLB's objects are followed, its Services are ours as soon as it does not run any more. */
function servingOf(settings: Settings, world: Pick<World, 'hasEndpoints'>): Settings {
  const { metallb, allServices } = settings;
  if (metallb === undefined) return settings;
  const beside = { ...settings, metallb: { ...metallb, runs: () => isMetallbRunning(world, metallb.namespace) } };
  return allServices === true ? beside : { ...beside, allServices: servedBesideMetallb(world, metallb.namespace) };
}
