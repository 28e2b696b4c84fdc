/**
 * The controller: watches, and brings the cluster in line. Level-triggered: an event only says what to look at again
 * (follow-ups.ts); what is done follows from the caches alone. Here is what others see of it.
 */
import { newControllerState } from './assemble.js';
import type { World } from './cache/world.js';
import { lead } from './lead.js';
import type { Agents } from './liveness/agents.js';
import type { ServedUnasked } from './objects/served-unasked.js';
import type { Standings } from './standing/standings.js';
import type { ControllerOptions, ControllerState } from './state.js';
import { type ControllerStats, poolStats } from './stats.js';
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

/** Starts watching; nothing is written before `lead`. */
export function startController(o: ControllerOptions): Controller {
  const state = newControllerState(o);
  const { world, agents, standings, metallb, observers } = state;
  return {
    lead: (signal) => lead(state, signal),
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
    allServices: state.settings.allServices,
    stats: () => statsOf(state),
  };
}

function statsOf({
  tasks,
  context,
  services,
  holderEvents,
  agents,
  faulty,
  metallb,
}: ControllerState): ControllerStats {
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
}
