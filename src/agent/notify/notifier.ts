/**
 * Runs the hooks of groups when what this node is in them changes: those of one group one after the other, of a few groups at a time, and
 * each with a time limit. A state that was over before its hooks began is skipped, so however long they take, they end with what is the case.
 */
import type { NotifyHook } from '../../api/notify-rules.js';
import type { MemberReport } from '../engine/messages.js';
import { change, skipped } from './change.js';
import { notifiedState } from './notified-state.js';
import type { HookRunner } from './run-hook.js';
import { groupOf, type NotifierState, newNotifierState } from './state.js';

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

export function createNotifier(o: HookRunner & Pick<NotifierState, 'isUnknown'>): Notifier {
  const n = newNotifierState({ runner: o, isUnknown: o.isUnknown });
  return {
    configure(group, hooks) {
      groupOf(n, group).hooks = hooks;
    },
    hear: (report, isMember) => hear(n, report, isMember),
    stop: (boundMs) => stop(n, boundMs),
    kill: () => n.ended.abort(),
  };
}

function hear(n: NotifierState, report: MemberReport, isMember: boolean): void {
  const state = notifiedState(report, isMember);
  if (n.stopping || state === undefined) return;
  const one = groupOf(n, report.group);
  one.priority = report.priority;
  change(n, one, state);
}

async function stop(n: NotifierState, boundMs: number): Promise<void> {
  n.stopping = true;
  for (const one of [...n.groups.values()]) change(n, one, 'Stop');
  if (n.running > 0) {
    let forget = () => {};
    await new Promise<void>((resolve) => {
      n.idle = resolve;
      forget = n.runner.timers.after(boundMs, resolve);
    });
    forget();
  }
  for (const one of n.waiting.splice(0)) skipped(n, one, one.due!, 'the agent ended before they could run');
  n.ended.abort();
}
