/**
 * What a process leaves to the next one on the node, so that routers keep its routes meanwhile. It must outlive a reboot: only then is the
 * next one known to be another boot's.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Checkpoint as BfdCheckpoint } from '../../../core/bfd/restart.js';
import { jsonObject } from '../../../core/json-object.js';
import type { RoutingEvent } from './contract.js';

export interface Checkpoint {
  /** Of the kernel that ran when it was written. */
  readonly bootId: string;
  /** BFD sessions to be resumed, by peer, when that process went to be started again. Judged where they are used. */
  readonly bfd?: Readonly<Record<string, BfdCheckpoint>>;
}

const bootIdFile = '/proc/sys/kernel/random/boot_id';

/** What tells this boot of the kernel from all others. Throws the system's error. */
export function readBootId(): string {
  return readFileSync(bootIdFile, 'utf8').trim();
}

/** What a process before this one left; undefined when there was none, or it left its routers for good. A damaged file is logged and ignored. */
export function readCheckpoint(file: string, emit: (event: RoutingEvent) => void): Checkpoint | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') warn(emit, 'cannot be read', file, error);
    return undefined;
  }
  try {
    const { bootId, bfd = {} } = jsonObject(text);
    if (typeof bootId !== 'string') throw new Error('it names no boot');
    if (typeof bfd !== 'object' || bfd === null) throw new Error('its sessions of BFD are no object');
    return { bootId, bfd: Object.fromEntries(Object.entries(bfd).filter(([, each]) => isBfd(each))) };
  } catch (error) {
    warn(emit, 'is damaged and is not used', file, error);
    return undefined;
  }
}

/** Leaves it to the next process, or has that one begin anew. A failure is logged: all goes on, until the restart. */
export function keepCheckpoint(
  file: string,
  checkpoint: Checkpoint | undefined,
  emit: (event: RoutingEvent) => void,
): void {
  try {
    if (!checkpoint) {
      rmSync(file, { force: true });
      return;
    }
    writeFileSync(`${file}.new`, `${JSON.stringify(checkpoint)}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  } catch (error) {
    warn(emit, 'cannot be written: routers will take a restart of this agent for its first start', file, error);
  }
}

/** Whether that has the shape; its values are judged by `checkpointFault`. */
function isBfd(value: unknown): value is BfdCheckpoint {
  const { advertised, neighborTiming } = (value ?? {}) as Partial<Record<keyof BfdCheckpoint, unknown>>;
  return (
    typeof advertised === 'object' &&
    advertised !== null &&
    typeof neighborTiming === 'object' &&
    neighborTiming !== null
  );
}

function warn(emit: (event: RoutingEvent) => void, what: string, file: string, error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  emit({ type: 'log', level: 'warn', message: `the checkpoint of routing ${what}`, fields: { file, reason } });
}
