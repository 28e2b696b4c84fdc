/** What a group is has changed: whether, when and for what its hooks are to be run. */
import type { NotifiedState } from '../../api/notify-settings.js';
import { runHook } from './run-hook.js';
import type { NotifiedGroup, NotifierState } from './state.js';

/** A fault that is over sooner is told to nobody: groups pass through one when they start or are changed. */
const settleMs = 200;
/** Groups whose hooks run at the same time: a failover of many must not take the processor from the election. */
const mostAtOnce = 4;

export function change(n: NotifierState, one: NotifiedGroup, state: NotifiedState): void {
  if (one.latest === state) return;
  one.latest = state;
  one.forgetSettling();
  if (state === 'Fault') one.forgetSettling = n.runner.timers.after(settleMs, () => settled(n, one));
  else tell(n, one, state);
}

function settled(n: NotifierState, one: NotifiedGroup): void {
  if (n.isUnknown(one.group)) one.latest = undefined;
  else tell(n, one, 'Fault');
}

function tell(n: NotifierState, one: NotifiedGroup, state: NotifiedState): void {
  // What was a fault for a moment is what it was before.
  if (one.due === undefined && one.told === state) return;
  if (state === 'Stop' && one.told === undefined && one.due === undefined) {
    n.groups.delete(one.group);
    return;
  }
  if (one.due !== undefined && one.due !== state) skipped(n, one, one.due, 'it was over before they could run');
  one.due = state;
  if (!n.waiting.includes(one)) n.waiting.push(one);
  begin(n);
}

function begin(n: NotifierState): void {
  for (let at = 0; at < n.waiting.length && n.running < mostAtOnce; ) {
    const one = n.waiting[at]!;
    if (one.running) {
      at += 1;
      continue;
    }
    n.waiting.splice(at, 1);
    void runHooks(n, one);
  }
  if (n.running === 0) n.idle();
}

async function runHooks(n: NotifierState, one: NotifiedGroup): Promise<void> {
  const { signal } = n.ended;
  const state = one.due!;
  one.due = undefined;
  one.told = state;
  one.running = true;
  n.running += 1;
  const hooks = one.hooks.filter(({ states }) => states === undefined || states.includes(state));
  for (const hook of hooks) {
    if (signal.aborted) break;
    await runHook(n.runner, hook, { group: one.group, state, priority: one.priority, ended: signal });
  }
  one.running = false;
  n.running -= 1;
  if (one.told === 'Stop' && one.due === undefined && one.latest === 'Stop') n.groups.delete(one.group);
  begin(n);
}

export function skipped(
  { runner }: NotifierState,
  { group, hooks }: NotifiedGroup,
  state: NotifiedState,
  reason: string,
): void {
  if (hooks.length > 0) runner.log.info('notify hooks skipped', { group, state, reason });
}
