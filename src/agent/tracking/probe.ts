import type { CheckResult } from '../../core/tracking/check.js';

/**
 * One try of a check: resolves to a result and never rejects, since what goes wrong is the result. It runs on the main thread; a slow
 * one delays nothing but itself. At the signal it has taken too long.
 */
export type Probe = (signal: AbortSignal) => Promise<CheckResult>;

/** The result that an error of a connection is. */
export function failure(target: string, error: Error, signal: AbortSignal): CheckResult {
  if (signal.aborted) return { ok: false, reason: `${target} did not answer in time` };
  return { ok: false, reason: `${target}: ${(error as NodeJS.ErrnoException).code ?? error.message}` };
}

/**
 * What `begin` resolves with. What it throws is the result as well, as for a certificate that Node.js cannot read.
 */
export function attempted(
  target: string,
  signal: AbortSignal,
  begin: (resolve: (result: CheckResult) => void) => void,
): Promise<CheckResult> {
  return new Promise<CheckResult>(begin).catch((error: Error) => failure(target, error, signal));
}
