/** Runs one hook, within bounds, and says in the log how that went. */
import { join } from 'node:path';
import { parseDuration } from '../../api/duration.js';
import type { NotifyHook } from '../../api/notify-rules.js';
import type { NotifiedState } from '../../api/notify-settings.js';
import type { Logger } from '../../platform/observability/log.js';
import type { ProgramEnd, ProgramRun } from '../programs/run-program.js';
import type { Timers } from '../tracking/running-check.js';
import { keepalivedArguments } from './notified-state.js';

const defaultTimeoutMs = 10_000;
/** How much longer than its time a program is waited for that even SIGKILL does not end. */
const graceMs = 500;
/** Characters of its output that the log has. */
const mostOutput = 2_048;

/** What a hook is run with. */
export interface HookRunner {
  /** Where the programs are; without it none is run. */
  readonly checksDir: string | undefined;
  readonly timers: Timers;
  readonly run: (program: ProgramRun) => Promise<ProgramEnd>;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

/** What it is told, and when it is over for all. */
export interface Occasion {
  readonly group: string;
  readonly state: NotifiedState;
  /** 1..255 */
  readonly priority: number;
  readonly ended: AbortSignal;
}

/** Resolves when it has ended, or its time is over. Never rejects. */
export async function runHook(
  { checksDir, timers, run, log }: HookRunner,
  { command, args = [], timeout }: NotifyHook,
  { group, state, priority, ended }: Occasion,
): Promise<void> {
  const fields = { group, state, command };
  if (checksDir === undefined) {
    log.warn('notify hook not run', { ...fields, remedy: 'start the agent with --checks-dir DIR and put it there' });
    return;
  }
  const ending = new AbortController();
  const end = () => ending.abort();
  // Not by AbortSignal.any, which leaves something in what lives as long as the agent, for each hook that ever ran.
  if (ended.aborted) end();
  else ended.addEventListener('abort', end);
  const timeoutMs = timeout === undefined ? defaultTimeoutMs : parseDuration(timeout)! / 1_000;
  const forgetTimeout = timers.after(timeoutMs, end);
  let forgetHang = () => {};
  const hang = new Promise<ProgramEnd>((resolve) => {
    const given = { ok: false, ended: 'cannot be ended', output: '', more: 0 };
    forgetHang = timers.after(timeoutMs + graceMs, () => resolve(given));
  });
  const program = run({
    path: join(checksDir, command),
    args: [...args, ...keepalivedArguments(group, state, priority)],
    signal: ending.signal,
    listenTo: 'stdout and stderr',
    mostOutput,
  });
  const { ok, ended: how, output, more } = await Promise.race([program, hang]);
  forgetTimeout();
  forgetHang();
  ended.removeEventListener('abort', end);
  const said = { ...fields, ended: how, ...(output === '' ? {} : { output }), ...(more === 0 ? {} : { more }) };
  if (ok) log.info('notify hook ran', said);
  else log.warn('notify hook failed', said);
}
