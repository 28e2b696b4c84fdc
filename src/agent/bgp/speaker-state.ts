/**
 * What this node is to tell its routers, and what of it changes: a record with functions beside it. Each returns the commands by which the
 * thread of routing protocols comes to know of the change.
 */
import type { VipGroup } from '../../api/vip-group.js';
import type { RoutingCommand } from '../engine/routing/contract.js';
import type { NodeView } from '../sources/node-view.js';
import {
  type AnnouncedGroup,
  type AnnouncedRoutes,
  announce,
  newAnnouncedRoutes,
  routesIn,
} from './announced-routes.js';
import { type Standing, standingOf } from './group-standing.js';
import type { Plan } from './plan.js';

/** What this has to say to the thread. */
export type SpeakerCommand = Exclude<RoutingCommand, { readonly type: 'bfd' }>;

export interface SpeakerState {
  plan: Plan | undefined;
  /** Groups of protocol `bgp` as their source has them. */
  groups: ReadonlyMap<string, VipGroup>;
  /** Groups of which something is announced. */
  readonly standings: Map<string, Standing>;
  /** By the name of the set. */
  readonly sets: Map<string, AnnouncedRoutes>;
  /** Sets that no session of the plan is told any more, and since when: sessions that are being drained still are. */
  readonly unused: Map<string, number>;
  complete: boolean;
  /** When groups were looked at last, in the same time as `now` below. */
  lookedAt: number;
}

export function newSpeakerState(): SpeakerState {
  return {
    plan: undefined,
    groups: new Map(),
    standings: new Map(),
    sets: new Map(),
    unused: new Map(),
    complete: false,
    lookedAt: 0,
  };
}

/** Longer than sessions are drained, in milliseconds. */
const unusedForMs = 120_000;

/** Takes in another plan. Sets that are new are told before the speaker that uses them; those that nobody needs any more are emptied some time later. */
export function usePlan(state: SpeakerState, plan: Plan, now: number): SpeakerCommand[] {
  state.plan = plan;
  const commands: SpeakerCommand[] = [];
  for (const [name, policy] of plan.policies) {
    if (state.sets.has(name)) continue;
    const set = newAnnouncedRoutes(policy);
    state.sets.set(name, set);
    announce(
      set,
      [...state.standings].map(([group, standing]) => [group, announcedOf(standing, now)] as const),
    );
    commands.push(wholeSet(name, set));
  }
  commands.push({ type: 'configure', speaker: plan.speaker });
  for (const name of [...state.sets.keys()]) {
    const since = state.unused.get(name) ?? now;
    if (plan.policies.has(name)) state.unused.delete(name);
    else if (now - since < unusedForMs) state.unused.set(name, since);
    else {
      state.sets.delete(name);
      state.unused.delete(name);
      commands.push({ type: 'routes', set: name, add: [], remove: [], whole: true });
    }
  }
  return commands;
}

/** Takes in groups, or looks again at those that there are: the node may have changed, or a wait may be over. */
export function useGroups(
  state: SpeakerState,
  groups: ReadonlyMap<string, VipGroup>,
  node: NodeView,
  o: { readonly now: number; readonly drainWait: number },
): SpeakerCommand[] {
  const changes: (readonly [string, AnnouncedGroup | undefined])[] = [];
  for (const name of new Set([...state.standings.keys(), ...groups.keys()])) {
    const before = state.standings.get(name);
    const standing = standingOf(before, groups.get(name), node, o);
    if (standing === before && !isDue(standing, state.lookedAt, o.now)) continue;
    if (standing === undefined) state.standings.delete(name);
    else state.standings.set(name, standing);
    changes.push([name, standing && announcedOf(standing, o.now)]);
  }
  state.lookedAt = o.now;
  state.groups = groups;
  if (changes.length === 0) return [];
  return [...state.sets].flatMap(([name, set]) => {
    const { add, remove } = announce(set, changes);
    return add.length + remove.length === 0 ? [] : [{ type: 'routes' as const, set: name, add, remove, whole: false }];
  });
}

/** Everything, for a thread that knows nothing. */
export function wholeState(state: SpeakerState): SpeakerCommand[] {
  return [
    ...[...state.sets].map(([name, set]) => wholeSet(name, set)),
    ...(state.plan === undefined ? [] : [{ type: 'configure' as const, speaker: state.plan.speaker }]),
    ...(state.complete ? [{ type: 'complete' as const }] : []),
  ];
}

/** When the next wait of a group is over; undefined while none waits. */
export function nextDeadline({ standings, lookedAt }: SpeakerState): number | undefined {
  let deadline: number | undefined;
  for (const { going } of standings.values())
    for (const { from, until } of going.values()) {
      const next = from > lookedAt ? from : until;
      deadline = Math.min(deadline ?? next, next);
    }
  return deadline;
}

/** Whether routers are to be told by now of what was only about to go. */
function isDue(standing: Standing | undefined, since: number, now: number): boolean {
  return standing !== undefined && [...standing.going.values()].some(({ from }) => from > since && from <= now);
}

function wholeSet(name: string, set: AnnouncedRoutes): SpeakerCommand {
  return { type: 'routes', set: name, add: routesIn(set), remove: [], whole: true };
}

function announcedOf({ group: { spec }, announced, going }: Standing, now: number): AnnouncedGroup {
  const { eip, eipLabels } = spec;
  const waiting = [...going].filter(([, { from }]) => from > now);
  const marked = [...going].filter(([, { from }]) => from <= now);
  return {
    origin: { eip, eipLabels },
    addresses: [...announced, ...waiting.map(([address]) => address)],
    going: marked.map(([address]) => address),
  };
}
