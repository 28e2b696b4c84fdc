/**
 * Runs the hooks of groups when what this node is in them changes: those of one group one after the other, of a few groups at a time, and
 * each with a time limit. A state that was over before its hooks began is skipped, so however long they take, they end with what is the case.
 */
import { join } from 'node:path';
import { parseDuration } from '../../api/duration.js';
import type { NotifyHook } from '../../api/notify-rules.js';
import type { NotifiedState } from '../../api/notify-settings.js';
import type { Logger } from '../../platform/observability/log.js';
import type { MemberReport } from '../engine/messages.js';
import type { ProgramEnd, ProgramRun } from '../programs/run-program.js';
import type { Timers } from '../tracking/running-check.js';
import { keepalivedArguments, notifiedState } from './notified-state.js';

/** A fault that is over sooner is told to nobody: groups pass through one when they start or are changed. */
const settleMs = 200;
/** Groups whose hooks run at the same time: a failover of many must not take the processor from the election. */
const mostAtOnce = 4;
const defaultTimeoutMs = 10_000;
/** How much longer than its time a program is waited for that even SIGKILL does not end. */
const graceMs = 500;
/** Characters of its output that the log has. */
const mostOutput = 2_048;

export interface NotifyDesk {
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

export function createNotifyDesk(o: {
  /** Where the programs are; without it none is run. */
  readonly checksDir: string | undefined;
  readonly timers: Timers;
  readonly run: (program: ProgramRun) => Promise<ProgramEnd>;
  /** Whether a group only waits for the first result of a check. */
  readonly isUnknown: (group: string) => boolean;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}): NotifyDesk {
  const groups = new Map<string, Told>();
  /** Groups for which something is due, in the order in which it became so. */
  const waiting: Told[] = [];
  const programs = new Set<AbortController>();
  let running = 0;
  let stopping = false;
  let stopped = false;
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
    for (const hook of hooks) if (!stopped) await runHook(one, hook, state);
    one.running = false;
    running -= 1;
    if (one.told === 'Stop' && one.due === undefined && one.latest === 'Stop') groups.delete(one.group);
    begin();
  }

  async function runHook({ group, priority }: Told, hook: NotifyHook, state: NotifiedState): Promise<void> {
    const { command } = hook;
    const fields = { group, state, command };
    if (o.checksDir === undefined) {
      o.log.warn('notify hook not run', {
        ...fields,
        remedy: 'start the agent with --checks-dir DIR and put it there',
      });
      return;
    }
    const abort = new AbortController();
    programs.add(abort);
    const timeoutMs = hook.timeout === undefined ? defaultTimeoutMs : parseDuration(hook.timeout)! / 1_000;
    const forgetTimeout = o.timers.after(timeoutMs, () => abort.abort());
    let forgetHang = () => {};
    const hang = new Promise<ProgramEnd>((resolve) => {
      const end = { ok: false, ended: 'cannot be ended', output: '', more: 0 };
      forgetHang = o.timers.after(timeoutMs + graceMs, () => resolve(end));
    });
    const { ok, ended, output, more } = await Promise.race([
      o.run({
        path: join(o.checksDir, command),
        args: [...(hook.args ?? []), ...keepalivedArguments(group, state, priority)],
        signal: abort.signal,
        listenTo: 'stdout and stderr',
        mostOutput,
      }),
      hang,
    ]);
    forgetTimeout();
    forgetHang();
    programs.delete(abort);
    const said = { ...fields, ended, ...(output === '' ? {} : { output }), ...(more === 0 ? {} : { more }) };
    if (ok) o.log.info('notify hook ran', said);
    else o.log.warn('notify hook failed', said);
  }

  function skipped({ group, hooks }: Told, state: NotifiedState, reason: string): void {
    if (hooks.length > 0) o.log.info('notify hooks skipped', { group, state, reason });
  }

  function kill(): void {
    for (const program of programs) program.abort();
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
      stopped = true;
      for (const one of waiting.splice(0)) skipped(one, one.due!, 'the agent ended before they could run');
      kill();
    },
    kill,
  };
}
