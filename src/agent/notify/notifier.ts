/**
 * Runs the hooks of groups when what this node is in them changes: those of one group one after the other, of a few groups at a time, and
 * each with a time limit. A state that was over before its hooks began is skipped, so however long they take, they end with what is the case.
 */
import type { NotifyHook } from '../../api/notify-rules.js';
import type { NotifiedState } from '../../api/notify-settings.js';
import type { MemberReport } from '../engine/messages.js';
import { notifiedState } from './notified-state.js';
import { type HookRunner, runHook } from './run-hook.js';

/** A fault that is over sooner is told to nobody: groups pass through one when they start or are changed. */
const settleMs = 200;
/** Groups whose hooks run at the same time: a failover of many must not take the processor from the election. */
const mostAtOnce = 4;

export interface Notifier {
  /** Sets the hooks of a group. They run at the next change. */
  configure(group: string, hooks: readonly NotifyHook[]): void;
  /** @param isMember whether the node is to be in that group at all */
  hear(report: MemberReport, isMember: boolean): void;
  /** The agent ends: tells each group so. Resolves when all hooks have ended, or been ended after the bound. */
  stop(boundMs: number): Promise<void>;
  /** Ends what runs, now. */
  kill(): void;
}

interface Told {
  readonly group: string;
  hooks: readonly NotifyHook[];
  priority: number;
  /** What it is, whether hooks know or not. */
  latest: NotifiedState | undefined;
  /** What hooks were run for last. */
  told: NotifiedState | undefined;
  /** What they are to be run for next. */
  due: NotifiedState | undefined;
  running: boolean;
  forgetSettling: () => void;
}

export function createNotifier(
  o: HookRunner & {
    /** Whether a group only waits for the first result of a check. */
    readonly isUnknown: (group: string) => boolean;
  },
): Notifier {
  const groups = new Map<string, Told>();
  /** Groups for which something is due, in the order in which it became so. */
  const waiting: Told[] = [];
  /** Nothing runs any more. */
  const ended = new AbortController();
  let running = 0;
  let stopping = false;
  let idle = () => {};

  function groupOf(group: string): Told {
    const known = groups.get(group);
    if (known !== undefined) return known;
    const fresh: Told = {
      group,
      hooks: [],
      priority: 0,
      latest: undefined,
      told: undefined,
      due: undefined,
      running: false,
      forgetSettling: () => {},
    };
    groups.set(group, fresh);
    return fresh;
  }

  function change(one: Told, state: NotifiedState): void {
    if (one.latest === state) return;
    one.latest = state;
    one.forgetSettling();
    if (state === 'Fault') one.forgetSettling = o.timers.after(settleMs, () => settled(one));
    else tell(one, state);
  }

  function settled(one: Told): void {
    if (o.isUnknown(one.group)) one.latest = undefined;
    else tell(one, 'Fault');
  }

  function tell(one: Told, state: NotifiedState): void {
    // What was a fault for a moment is what it was before.
    if (one.due === undefined && one.told === state) return;
    if (state === 'Stop' && one.told === undefined && one.due === undefined) {
      groups.delete(one.group);
      return;
    }
    if (one.due !== undefined && one.due !== state) skipped(one, one.due, 'it was over before they could run');
    one.due = state;
    if (!waiting.includes(one)) waiting.push(one);
    begin();
  }

  function begin(): void {
    for (let at = 0; at < waiting.length && running < mostAtOnce; ) {
      const one = waiting[at]!;
      if (one.running) {
        at += 1;
        continue;
      }
      waiting.splice(at, 1);
      void runHooks(one);
    }
    if (running === 0) idle();
  }

  async function runHooks(one: Told): Promise<void> {
    const state = one.due!;
    one.due = undefined;
    one.told = state;
    one.running = true;
    running += 1;
    const hooks = one.hooks.filter(({ states }) => states === undefined || states.includes(state));
    for (const hook of hooks) {
      if (ended.signal.aborted) break;
      await runHook(o, hook, { group: one.group, state, priority: one.priority, ended: ended.signal });
    }
    one.running = false;
    running -= 1;
    if (one.told === 'Stop' && one.due === undefined && one.latest === 'Stop') groups.delete(one.group);
    begin();
  }

  function skipped({ group, hooks }: Told, state: NotifiedState, reason: string): void {
    if (hooks.length > 0) o.log.info('notify hooks skipped', { group, state, reason });
  }

  return {
    configure(group, hooks) {
      groupOf(group).hooks = hooks;
    },
    hear(report, isMember) {
      const state = notifiedState(report, isMember);
      if (stopping || state === undefined) return;
      const one = groupOf(report.group);
      one.priority = report.priority;
      change(one, state);
    },
    async stop(boundMs) {
      stopping = true;
      for (const one of [...groups.values()]) change(one, 'Stop');
      if (running > 0) {
        let forget = () => {};
        await new Promise<void>((resolve) => {
          idle = resolve;
          forget = o.timers.after(boundMs, resolve);
        });
        forget();
      }
      for (const one of waiting.splice(0)) skipped(one, one.due!, 'the agent ended before they could run');
      ended.abort();
    },
    kill: () => ended.abort(),
  };
}
