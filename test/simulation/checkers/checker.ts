import { type Micros, never } from '../../../src/core/time.js';
import type { World } from '../model.js';

/** Watches one world for one property. Every method is called right after the fact. */
export interface Checker {
  /** Somebody's state, address, health, connection or membership in this group changed. */
  readonly changed?: (group: number) => void;
  /** A frame between two nodes was lost or could not be sent. */
  readonly lost?: (from: number, to: number) => void;
  /** A node sent an advert, or announced (undefined). */
  readonly sent?: (node: number, group: number, priority: number | undefined) => void;
  /** A node handled an advert of this priority, which it accepted. */
  readonly heard?: (node: number, group: number, priority: number) => void;
  /** A node that follows the group's leader finds that its program neither speaks nor answers. */
  readonly gone?: (node: number, group: number) => void;
  /** A node's process goes on after a pause that began at `since`; nothing of that wake has been handled yet. */
  readonly waking?: (node: number, since: Micros) => void;
  /** A node learned of a change of the group. */
  readonly configured?: (node: number, group: number) => void;
  readonly released?: (node: number, group: number) => void;
  readonly started?: (node: number, group: number) => void;
  /** The storm is over: from now on nothing goes wrong. */
  readonly healed?: () => void;
  /** A storm begins. */
  readonly disturbed?: () => void;
}

/** A property does not hold. */
export class Violation extends Error {
  override readonly name = 'Violation';
  readonly checker: string;
  readonly at: Micros;
  constructor(checker: string, at: Micros, text: string) {
    super(`${checker}: ${text} (at ${(at / 1e6).toFixed(6)} s)`);
    this.checker = checker;
    this.at = at;
  }
}

/** Tells every checker that a group changed. */
export function changed(world: World, group: number): void {
  for (const checker of world.checkers) checker.changed?.(group);
}

/** Tells every checker that all groups may have changed. */
export function changedAll(world: World): void {
  for (let group = 0; group < world.plans.length; group += 1) changed(world, group);
}

/** Watches a condition that may hold for a bounded time only. */
export interface Stopwatch {
  /** Says whether the condition holds. */
  set(holds: boolean): void;
  /** Forgives what has passed, as long as the condition still holds. */
  restart(): void;
}

/** Calls `fail` when a condition has held for longer than `bound`; it tells since when. */
export function createStopwatch(world: World, bound: Micros, fail: (since: Micros) => never): Stopwatch {
  const { scheduler } = world;
  let since: Micros = never;
  let isPlanned = false;
  function check(): void {
    isPlanned = false;
    if (since === never) return;
    if (scheduler.now >= since + bound) fail(since);
    plan();
  }
  function plan(): void {
    if (isPlanned) return;
    isPlanned = true;
    scheduler.plan(since + bound, check, undefined);
  }
  return {
    set(holds) {
      if (holds === (since !== never)) return;
      since = holds ? scheduler.now : never;
      if (holds) plan();
    },
    restart() {
      if (since !== never) since = scheduler.now;
    },
  };
}
