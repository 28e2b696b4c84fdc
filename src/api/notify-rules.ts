/** What the schema of `vrrp.notify` cannot say. */
import { durationProblem, programNameProblem } from './check-rules.js';
import type { NotifiedState } from './notify-settings.js';
import type { Problem } from './problem.js';

/** One entry of `vrrp.notify`. */
export interface NotifyHook {
  readonly command: string;
  readonly args?: readonly string[];
  readonly states?: readonly NotifiedState[];
  readonly timeout?: string;
}

const timeouts = { from: 100_000, to: 300_000_000, text: '100ms to 5m' };

/** Problems of the list at `path`. */
export function notifyProblems(hooks: readonly NotifyHook[], path: string): readonly Problem[] {
  return hooks.flatMap(({ command, timeout }, index) => {
    const problems = { command: programNameProblem(command), timeout: durationProblem(timeout, timeouts) };
    return Object.entries(problems).flatMap(([field, message]) =>
      message === undefined ? [] : [{ path: `${path}[${index}].${field}`, message }],
    );
  });
}
