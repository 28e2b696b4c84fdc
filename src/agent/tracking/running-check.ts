/** One check, tried again and again. */
import { type CheckConfig, type CheckResult, type CheckState, judge } from '../../core/tracking/check.js';
import { describeError } from '../../platform/observability/log.js';
import type { Probe } from './probe.js';

export interface TrackedCheck extends CheckConfig {
  readonly probe: Probe;
  /** Changes when the check must start anew, such as its target and interval as text. */
  readonly identity: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Calls back when there is something new to look at before the interval is over; the returned function ends that. */
  readonly watch?: (wake: () => void) => () => void;
}

export interface Timers {
  /** Calls back once after so many milliseconds; the returned function forgets it. */
  after(milliseconds: number, callback: () => void): () => void;
}

export interface RunningCheck {
  check: TrackedCheck;
  state: CheckState;
  stop(): void;
}

/** How much longer than its time a try is waited for: those that heed the signal say more exactly what took so long. */
const graceMs = 250;

/**
 * Checks at once and then at each interval, counted from the end of the check before: a slow target is not asked twice at a time. A
 * try that never ends, as on a file system that hangs, fails in time all the same, and so do those after it, without being begun.
 */
export function startCheck(
  timers: Timers,
  check: TrackedCheck,
  state: CheckState,
  report: (running: RunningCheck, state: CheckState) => void,
): RunningCheck {
  let stopped = false;
  let trying = false;
  let hangs = false;
  let wokenMeanwhile = false;
  let forget = () => {};
  let abort: AbortController | undefined;

  const schedule = (milliseconds: number) => {
    forget();
    forget = timers.after(milliseconds, () => void once());
  };
  const stopWatching = check.watch?.(() => {
    wokenMeanwhile = trying;
    if (!trying && !stopped) schedule(0);
  });
  const running: RunningCheck = {
    check,
    state,
    stop: () => {
      stopped = true;
      forget();
      stopWatching?.();
      abort?.abort();
    },
  };

  const attempt = (controller: AbortController): Promise<CheckResult> => {
    if (hangs) return Promise.resolve({ ok: false, reason: 'the try before has not ended yet' });
    hangs = true;
    const { timeoutMs, probe } = running.check;
    return new Promise((resolve) => {
      const forgetTimeout = timers.after(timeoutMs, () => controller.abort());
      const forgetHang = timers.after(timeoutMs + graceMs, () =>
        resolve({ ok: false, reason: 'it did not end in time' }),
      );
      // A probe that rejects is a defect: it fails its try, and the next ones are begun all the same.
      const failed = (error: unknown): CheckResult => ({
        ok: false,
        reason: `internal error: ${describeError(error)}`,
      });
      const tried = probe(controller.signal).catch(failed);
      void tried.then((result) => {
        hangs = false;
        forgetTimeout();
        forgetHang();
        resolve(result);
      });
    });
  };
  const once = async () => {
    const controller = new AbortController();
    abort = controller;
    trying = true;
    wokenMeanwhile = false;
    const result = await attempt(controller);
    trying = false;
    if (stopped) return;
    report(running, judge(running.check, running.state, result));
    if (!stopped) schedule(wokenMeanwhile ? 0 : running.check.intervalMs);
  };
  schedule(0);
  return running;
}
