import { assert } from '../assert.js';
import { type Micros, never } from '../time.js';
import { stepActive } from './active.js';
import { stepBackup } from './backup.js';
import type { Input, Step, VirtualRouter, VirtualRouterConfig } from './contract.js';
import { stepInitialize } from './initialize.js';
import { stepLeaving } from './leaving.js';
import { fence } from './self-fencing.js';

export type {
  Input,
  Leaving,
  Output,
  State,
  Step,
  TransitionReason,
  VirtualRouter,
  VirtualRouterConfig,
} from './contract.js';

/*
 * The virtual router of RFC 9568 section 6.4, with errata 7947, 7949 and 8298 to 8301. `adv` is an advert, `AD` the
 * Active_Down_Interval, `I` the own interval. What the RFC does not have is marked +.
 *
 *   in Initialize (initialize.ts)                        outputs, in order                          next
 *     startup, link-up+    priority 255                  advertise take announce                    Active
 *                          else                                                                     Backup, AD
 *   in Backup (backup.ts)
 *     time                 AD has run out                advertise take announce                    Active
 *     adv priority 0                                                                                Backup, Skew_Time
 *     peer-lost+           of whom it follows                                                       Backup, skew
 *     adv >= own, or not preempting                                                                 Backup, learn, AD
 *     adv < own, preempting                                                                         Backup, timer runs on
 *     adv < own, preempting, in preemptDelay+                                                       Backup, learn, AD
 *     adv of last resort+, own is not                as if preempting                               Backup, timer runs on
 *     shutdown, link-down+                                                                          Initialize
 *   in Active (active.ts)
 *     time                 I has passed                  advertise                                  Active, I
 *     adv priority 0                                     advertise                                  Active, I
 *     adv better (higher, or equal from a higher address) drop                                      Backup, learn, AD
 *     adv, own overdue+                                  drop                                       Backup, learn, AD
 *     adv else                                           advertise, announce+ (once a second)       Active
 *     hand-over+, shutdown+                              advertise 0                                leaving
 *     shutdown immediate                                 advertise 0, drop                          Initialize
 *     link-down+                                         drop                                       Initialize
 *   leaving+ (leaving.ts): Active for its addresses only
 *     time                 I has passed, nobody yet      advertise 0                                leaving
 *     adv > 0              the successor                                                            leaving, 100 ms
 *     time                 100 ms since the successor    drop                                       Backup, or Initialize
 *     time                 nobody within the bound       advertise, or drop                         Active, or Initialize
 *   woken too late+ (self-fencing.ts), before the input itself
 *     Active               beyond the peers' patience    drop                                       Backup, AD
 *     Backup               beyond one interval                                                      Backup, AD
 *
 * Each change of state also gives a 'transition', and the end of a shutdown 'released'. A Backup whose timer runs out says whether it had
 * heard an Active since it takes part (no-response), or none (unopposed+).
 */

/** A virtual router in Initialize: it does nothing until 'startup'. Throws InvariantError on a value out of range. */
export function createVirtualRouter(config: VirtualRouterConfig): VirtualRouter {
  assertConfig(config);
  return {
    config,
    state: 'Initialize',
    deadline: never,
    life: 'new',
    linkUp: true,
    activeInterval: config.advertisementInterval,
    activeDownAt: never,
    takeOverReason: 'no-response',
    advertAt: never,
    upSince: never,
    announcedAt: -never,
    activeSource: undefined,
    leaving: undefined,
  };
}

/**
 * Gives the router one input at the instant `now` and returns the next router with the outputs to perform in order.
 *
 * `now` is the driver's monotonic clock and never runs backwards between calls. Call with 'time' when `router.deadline` is
 * reached; calling early changes nothing, calling late acts once, and calling later than the peers wait fences first, so it
 * never claims anything by mistake. In one turn give 'slept' first, then the frames that wait, then 'time'.
 *
 * Throws InvariantError on a configuration out of range, or one that changes version or family (that is another
 * virtual router). Nothing a peer sends makes it throw.
 */
export function step(router: VirtualRouter, input: Input, now: Micros): Step {
  if (input.type === 'configure') assertReplaces(router.config, input.config);
  const fenced = fence(router, input, now);
  if (!fenced) return dispatch(router, input, now);
  const { router: next, outputs } = dispatch(fenced.router, input, now);
  return { router: next, outputs: [...fenced.outputs, ...outputs] };
}

function dispatch(router: VirtualRouter, input: Input, now: Micros): Step {
  switch (router.state) {
    case 'Initialize':
      return stepInitialize(router, input, now);
    case 'Backup':
      return stepBackup(router, input, now);
    case 'Active':
      return router.leaving ? stepLeaving(router, router.leaving, input, now) : stepActive(router, input, now);
  }
}

function assertConfig(config: VirtualRouterConfig): void {
  const { version, family, virtualRouterId, priority, advertisementInterval, preemptDelay, source } = config;
  assert(version === 3 || family === 4, `version 2 has no IPv6`);
  assert(isWithin(virtualRouterId, 1, 255), `virtualRouterId must be 1..255, it is ${virtualRouterId}`);
  assert(isWithin(priority, 1, 255), `priority must be 1..255, it is ${priority}`);
  assert(advertisementInterval > 0, `advertisementInterval must be above 0, it is ${advertisementInterval}`);
  assert(preemptDelay >= 0, `preemptDelay must not be negative, it is ${preemptDelay}`);
  assert(source.length === (family === 4 ? 4 : 16), `source must fit IPv${family}, it has ${source.length} bytes`);
}

function assertReplaces(before: VirtualRouterConfig, after: VirtualRouterConfig): void {
  assertConfig(after);
  for (const field of ['version', 'family'] as const) {
    assert(
      before[field] === after[field],
      `${field} cannot change in place: it is ${before[field]}, not ${after[field]}`,
    );
  }
}

function isWithin(value: number, first: number, last: number): boolean {
  return Number.isInteger(value) && value >= first && value <= last;
}
