/** Runs the checks of every group at their intervals and says when what they mean for a group's priority changes. */
import { type CheckConfig, type CheckState, judge, unchecked } from '../../core/tracking/check.js';
import { effectivePriority, type Fitness } from '../../core/tracking/effective-priority.js';
import type { Probe } from './probe.js';

export interface TrackedCheck extends CheckConfig {
  readonly probe: Probe;
  /** Changes when the check must start anew, such as its target and interval as text. */
  readonly identity: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

export interface TrackedGroup {
  readonly group: string;
  /** 1..255 */
  readonly priority: number;
  /** What failed checks leave of it at least, 1..254. */
  readonly lowest?: number;
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

export interface Timers {
  /** Calls back once after so many milliseconds; the returned function forgets it. */
  after(milliseconds: number, callback: () => void): () => void;
}

/** @param onChange called after a result that changed a group's fitness, never from within `track` */
export function createTracker(timers: Timers, onChange: (group: string, fitness: Fitness) => void): Tracker {
  let tracked = new Map<string, { priority: number; lowest: number | undefined; running: Map<string, Running> }>();

  const fitnessOf = (name: string): Fitness | undefined => {
    const group = tracked.get(name);
    return (
      group &&
      effectivePriority(
        group.priority,
        [...group.running.values()].map(({ check, state }) => ({ config: check, state })),
        group.lowest,
      )
    );
  };
  const report = (name: string, running: Running, state: CheckState) => {
    const before = fitnessOf(name);
    running.state = state;
    const after = fitnessOf(name);
    if (after !== undefined && JSON.stringify(before) !== JSON.stringify(after)) onChange(name, after);
  };

  return {
    track: (groups) => {
      const next: typeof tracked = new Map();
      for (const { group, priority, lowest, checks } of groups) {
        const former = tracked.get(group)?.running;
        const fit = fitnessOf(group)?.fit === true;
        const before = [...(former?.values() ?? [])];
        const running = new Map<string, Running>();
        for (const check of checks) {
          const same = former?.get(check.identity);
          former?.delete(check.identity);
          if (same !== undefined) same.check = check;
          const replaced = before.find((one) => one.check.name === check.name);
          const trusted = fit && (replaced === undefined || replaced.state.verdict === 'passing');
          const state = trusted ? onTrial(check) : unchecked;
          running.set(check.identity, same ?? startCheck(timers, check, state, (one, now) => report(group, one, now)));
        }
        next.set(group, { priority, lowest, running });
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

/** Passing, but failed by the first failure. */
function onTrial({ fall }: CheckConfig): CheckState {
  return { verdict: 'passing', against: fall - 1, failure: undefined };
}

interface Running {
  check: TrackedCheck;
  state: CheckState;
  stop(): void;
}

/** Checks at once and then at each interval, counted from the end of the check before: a slow target is not asked twice at a time. */
function startCheck(
  timers: Timers,
  check: TrackedCheck,
  state: CheckState,
  report: (running: Running, state: CheckState) => void,
): Running {
  let stopped = false;
  let forget = () => {};
  let abort: AbortController | undefined;
  const running: Running = {
    check,
    state,
    stop: () => {
      stopped = true;
      forget();
      abort?.abort();
    },
  };
  const once = async () => {
    const controller = new AbortController();
    abort = controller;
    const forgetTimeout = timers.after(running.check.timeoutMs, () => controller.abort());
    const result = await running.check.probe(controller.signal);
    forgetTimeout();
    if (stopped) return;
    report(running, judge(running.check, running.state, result));
    forget = timers.after(running.check.intervalMs, () => void once());
  };
  forget = timers.after(0, () => void once());
  return running;
}
