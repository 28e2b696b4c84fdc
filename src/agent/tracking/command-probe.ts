import { runProgram } from '../programs/run-program.js';
import type { Probe } from './probe.js';

/** Characters on stderr that a reason is looked for in. */
const mostOutput = 1_024;

/**
 * Passes when the program exits with 0 within the time, whatever it leaves behind. What it prints on stdout is not read; its first
 * line on stderr becomes the reason.
 */
export function commandProbe(path: string, args: readonly string[]): Probe {
  return async (signal) => {
    const { ok, ended, output } = await runProgram({ path, args, signal, listenTo: 'stderr', mostOutput });
    if (ok) return { ok };
    const said = output.split('\n', 1)[0]!.slice(0, mostReason).trim();
    return { ok, reason: `${path} ${ended}${said ? `: ${said}` : ''}` };
  };
}

/** Of it that a reason shows: it stands in the group's status. */
const mostReason = 256;
