/** Runs the checks of every group at their intervals and says when what they mean for a group's priority changes. */
import { type CheckConfig, type CheckState, unchecked } from '../../core/tracking/check.js';
import { effectivePriority, type Fitness, type PriorityBounds } from '../../core/tracking/effective-priority.js';
import { type RunningCheck, startCheck, type Timers, type TrackedCheck } from './running-check.js';

export interface TrackedGroup {
  readonly group: string;
  /** 1..255 */
  readonly priority: number;
  /** Between which checks can move it; without them, 1 and 254. */
  readonly bounds?: PriorityBounds;
  readonly checks: readonly TrackedCheck[];
}

export interface Tracker {
  /**
   * Sets which groups are checked. A check that goes on with the same identity keeps its verdict. One that a fit group gets, or
   * that changes while it passes, passes until its first result: a leader does not leave because it is asked something new.
   */
  track(groups: readonly TrackedGroup[]): void;
  fitness(group: string): Fitness | undefined;
  stop(): void;
}

/** @param onChange called after a result that changed a group's fitness, never from within `track` */
export function createTracker(timers: Timers, onChange: (group: string, fitness: Fitness) => void): Tracker {
  let tracked = new Map<string, Tracked>();

  const fitnessOf = (name: string): Fitness | undefined => {
    const group = tracked.get(name);
    return (
      group &&
      effectivePriority(
        group.priority,
        [...group.running.values()].map(({ check, state }) => ({ config: check, state })),
        group.bounds,
      )
    );
  };
  const report = (name: string, running: RunningCheck, state: CheckState) => {
    const before = fitnessOf(name);
    running.state = state;
    const after = fitnessOf(name);
    if (after !== undefined && JSON.stringify(before) !== JSON.stringify(after)) onChange(name, after);
  };

  return {
    track: (groups) => {
      const next: typeof tracked = new Map();
      for (const { group, priority, bounds, checks } of groups) {
        const former = tracked.get(group)?.running;
        const fit = fitnessOf(group)?.fit === true;
        const before = [...(former?.values() ?? [])];
        const running = new Map<string, RunningCheck>();
        for (const check of checks) {
          const same = former?.get(check.identity);
          former?.delete(check.identity);
          if (same !== undefined) same.check = check;
          const replaced = before.find((one) => one.check.name === check.name);
          const trusted = fit && (replaced === undefined || replaced.state.verdict === 'passing');
          const state = trusted ? onTrial(check, replaced?.state) : unchecked;
          running.set(check.identity, same ?? startCheck(timers, check, state, (one, now) => report(group, one, now)));
        }
        next.set(group, { priority, bounds, running });
      }
      for (const [name, { running }] of tracked) {
        const kept = next.get(name)?.running;
        for (const [identity, one] of running) if (kept?.get(identity) !== one) one.stop();
      }
      tracked = next;
    },
    fitness: fitnessOf,
    stop: () => {
      for (const { running } of tracked.values()) for (const one of running.values()) one.stop();
      tracked = new Map();
    },
  };
}

/** Passing, but failed by the first failure; its priority stays that of the check whose place it takes until then. */
function onTrial({ fall }: CheckConfig, replaced: CheckState | undefined): CheckState {
  return { ...replaced, verdict: 'passing', against: fall - 1, failure: undefined };
}

interface Tracked {
  readonly priority: number;
  readonly bounds: PriorityBounds | undefined;
  readonly running: Map<string, RunningCheck>;
}
