import type { CheckConfig, CheckState } from './check.js';
import { mostTakenOff } from './track-file.js';

/** With which priority a node takes part in an election, or why it stays out. */
export type Fitness =
  /** `reasons`: what was taken off the priority or added to it, and why, one for each check. */
  | { readonly fit: true; readonly priority: number; readonly reasons: readonly string[] }
  /** `reasons`: what keeps it out, one for each check. `unknown`: only that checks have not run yet. */
  | { readonly fit: false; readonly reasons: readonly string[]; readonly unknown?: true };

/** The priorities that checks can move a member between, each 1..254. */
export interface PriorityBounds {
  readonly lowest: number;
  readonly highest: number;
}

/**
 * The priority that checks leave a node. Weights of failed checks and what track files say add up; the result stays within the
 * bounds. An owner (255) is never weighed (RFC 9568 section 5.2.4 keeps 255 for it), but a failed check without a weight keeps even
 * an owner out, and so does a track file that takes off more than a priority can be.
 */
export function effectivePriority(
  priority: number,
  checks: readonly { readonly config: CheckConfig; readonly state: CheckState }[],
  { lowest, highest }: PriorityBounds = { lowest: 1, highest: 254 },
): Fitness {
  let left = priority;
  let failed = false;
  const keepOut: string[] = [];
  const weighed: string[] = [];
  for (const { config, state } of checks) {
    const { adjustment = 0 } = state;
    if (state.verdict === 'passing') {
      if (adjustment < -mostTakenOff) {
        failed = true;
        keepOut.push(`check ${config.name} fails: ${tooMuch(adjustment)}`);
        continue;
      }
      if (adjustment !== 0) weighed.push(`check ${config.name} ${adjustmentText(adjustment)}`);
      left += adjustment;
      continue;
    }
    const cause =
      state.verdict === 'unknown' ? 'it has not run yet' : (state.failure ?? 'not enough successes in a row yet');
    if (config.weight !== undefined) {
      left -= config.weight;
      weighed.push(`check ${config.name} takes ${config.weight} off the priority: ${cause}`);
      continue;
    }
    failed ||= state.verdict === 'failed';
    keepOut.push(`check ${config.name} fails: ${cause}`);
  }
  if (keepOut.length > 0) return { fit: false, reasons: keepOut, ...(!failed && { unknown: true }) };
  if (priority === 255) return { fit: true, priority, reasons: [] };
  return { fit: true, priority: Math.min(highest, Math.max(lowest, left)), reasons: weighed };
}

function adjustmentText(adjustment: number): string {
  return adjustment > 0
    ? `adds ${adjustment} to the priority, as its file says`
    : `takes ${-adjustment} off the priority, as its file says`;
}

function tooMuch(adjustment: number): string {
  return `its file takes ${-adjustment} off the priority, and more than ${mostTakenOff} keeps a node out`;
}

/** Whether a node is kept out only because a check has not run yet. */
export function isUnknown(fitness: Fitness | undefined): boolean {
  return fitness?.fit === false && fitness.unknown === true;
}
