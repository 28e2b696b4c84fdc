/** What a file says about a node's priority, as keepalived's `track_file` has it (keepalived.conf(5), "Track files"). */
import type { CheckResult } from './check.js';

/** What a member's priority cannot lose and be one still: keepalived's -254 and below. */
export const mostTakenOff = 253;

/**
 * @param text the file's content: one integer, with blanks around it
 * @param multiplier what the integer counts; with 0, a node passes only while it is 0
 * @param name what reasons call the file. They never hold what is in it.
 */
export function readTrackFile(text: string, multiplier: number, name: string): CheckResult {
  const number = text.trim();
  const problem = number === '' ? 'is empty' : 'holds something else than one integer, such as 0 or -20';
  if (!/^[+-]?[0-9]{1,10}$/.test(number)) return { ok: false, reason: `${name} ${problem}` };
  const value = Number(number);
  if (multiplier === 0) {
    return value === 0 ? { ok: true } : { ok: false, reason: `${name} says ${value}, and multiplier 0 asks for 0` };
  }
  const adjustment = value * multiplier;
  return adjustment === 0 ? { ok: true } : { ok: true, adjustment };
}
