/** What is known of groups that have hooks, and what runs: records, which the functions beside them work on. */
import type { NotifyHook } from '../../api/notify-rules.js';
import type { NotifiedState } from '../../api/notify-settings.js';
import type { HookRunner } from './run-hook.js';

export interface NotifiedGroup {
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

export interface NotifierState {
  readonly runner: HookRunner;
  /** Whether a group only waits for the first result of a check. */
  readonly isUnknown: (group: string) => boolean;
  readonly groups: Map<string, NotifiedGroup>;
  /** Groups for which something is due, in the order in which it became so. */
  readonly waiting: NotifiedGroup[];
  /** Nothing runs any more. */
  readonly ended: AbortController;
  /** Groups whose hooks run. */
  running: number;
  stopping: boolean;
  /** Called whenever no hook runs. */
  idle: () => void;
}

export function newNotifierState(o: Pick<NotifierState, 'runner' | 'isUnknown'>): NotifierState {
  return {
    ...o,
    groups: new Map(),
    waiting: [],
    ended: new AbortController(),
    running: 0,
    stopping: false,
    idle: () => {},
  };
}

export function groupOf({ groups }: NotifierState, group: string): NotifiedGroup {
  const known = groups.get(group);
  if (known !== undefined) return known;
  const fresh: NotifiedGroup = {
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
