/**
 * Who led which address, on disk: an agent that is restarted goes on handing segments to whoever its predecessor handed them to. It counts only
 * until the machine is started anew, since that forgets all connections, and its clock begins at 0.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ended, type History, mostLeaders } from '../../core/draining/history.js';
import { canonicalIp } from '../../core/ip/address.js';
import { jsonObject } from '../../core/json-object.js';
import { type Micros, never } from '../../core/time.js';
import { replaceFile } from '../../platform/linux/replace-file.js';

/** Raised when the form of the file changes; a file of another form is not read. */
const form = 1;

/** The file of one node's agent in a state directory. */
export function memoryPath(stateDir: string, node: string): string {
  return join(stateDir, `leaders-${encodeURIComponent(node)}.json`);
}

/** What this run of the machine is called. */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/** Rejects with the system's error. */
export function saveMemory(path: string, boot: string, histories: ReadonlyMap<string, History>): Promise<void> {
  const kept = [...histories].map(([address, history]) => [
    address,
    history
      .filter(({ dead, claimed }) => dead === undefined && claimed === undefined)
      .map(({ leader, until }) => [leader, until === never ? null : until]),
  ]);
  return replaceFile(path, `${JSON.stringify({ form, boot, histories: kept })}\n`);
}

/**
 * What `saveMemory` wrote, with everybody's lead at an end at `now`: nobody knows who leads. Nothing when it was written before this start of the
 * machine; what is not as it was written is left out. Throws when it is no such file.
 */
export function parseMemory(text: string, boot: string, now: Micros): ReadonlyMap<string, History> {
  const value = jsonObject(text);
  if (value.form !== form || !Array.isArray(value.histories)) throw new Error(`it is not of form ${form}`);
  const histories = new Map<string, History>();
  if (value.boot !== boot) return histories;
  for (const each of value.histories as readonly unknown[]) {
    if (!Array.isArray(each) || typeof each[0] !== 'string' || !Array.isArray(each[1])) continue;
    const history = (each[1] as readonly unknown[]).flatMap(leadOf).slice(0, mostLeaders);
    if (canonicalIp(each[0]) === each[0]) histories.set(each[0], ended(history, now));
  }
  return histories;
}

function leadOf(each: unknown): History {
  if (!Array.isArray(each)) return [];
  const [leader, until] = each as readonly unknown[];
  const named = typeof leader === 'string' && (leader === 'self' || canonicalIp(leader) === leader);
  if (!named || (until !== null && typeof until !== 'number')) return [];
  return [{ leader, until: until === null ? never : until }];
}
