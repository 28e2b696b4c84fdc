/** What is said of each group after a turn: why its connections are not kept, to whom they are handed, and how many. */
import { type Micros, never } from '../../../core/time.js';
import { connectionsOf, sumOf } from '../connections.js';
import { groupProblem } from '../problems.js';
import type { DrainerState } from './state.js';

/** How soon after a move connections are counted, and how often from then on: each count is written into the status of groups. */
const countAfter: Micros = 3_000_000;
const countEvery: Micros = 10_000_000;

/** Not in every turn: there may be many groups, and while a node is asked whether it lives, turns are 25 ms apart. */
export function tell(state: DrainerState): void {
  const { turns, told } = state;
  const { wanted, hindrance, faults } = turns;
  const isNew = told?.wanted !== wanted || told?.hindrance !== hindrance || told?.faults !== faults;
  const isCounted = count(state);
  if (isNew) {
    state.told = { wanted, hindrance, faults };
    for (const [name, group] of turns.draining.groups)
      state.found(name, group.window > 0 ? groupProblem(turns, name, group) : undefined);
  }
  if (!isNew && !isCounted) return;
  for (const name of isNew ? turns.draining.groups.keys() : (wanted?.handing.keys() ?? [])) {
    const to = [...(wanted?.handing.get(name) ?? [])];
    state.handing(name, { to, connections: to.length > 0 ? state.counted.get(name) : undefined });
  }
}

/** Counts the connections that are handed on, when that is due; whether it has. */
function count(state: DrainerState): boolean {
  const { turns, kernel } = state;
  const now = kernel.now();
  if (turns.wanted === undefined || turns.wanted.handing.size === 0) {
    state.counted = new Map();
    state.countAt = never;
    return false;
  }
  if (state.countAt === never) state.countAt = now + countAfter;
  if (now < state.countAt) return false;
  state.countAt = now + countEvery;
  const counts = connectionsOf(turns, now);
  const { groups } = turns.draining;
  state.counted = new Map(
    [...turns.wanted.handing.keys()].map((name) => [name, sumOf(counts, groups.get(name)?.addresses ?? [])]),
  );
  return true;
}
