/**
 * The last good set of groups on disk, so that an agent that starts while the API server is gone knows what to do.
 */
import { join } from 'node:path';
import { validateVipGroup } from '../../api/validate.js';
import type { VipGroup } from '../../api/vip-group.js';
import { jsonObject } from '../../core/json-object.js';
import { replaceFile } from '../../platform/linux/replace-file.js';
import { readCheckpoint } from './checkpoint-file.js';

/** Raised when the form of the file changes; a file of another form is not read. */
const form = 1;

export interface Checkpoint {
  readonly savedAt: string;
  readonly groups: ReadonlyMap<string, VipGroup>;
}

/** The file of one node's agent in a state directory. */
export function checkpointPath(stateDir: string, node: string): string {
  return join(stateDir, `groups-${encodeURIComponent(node)}.json`);
}

/** The file in which one node's agent notes the settings of the host that it has changed. */
export function settingsPath(stateDir: string, node: string): string {
  return join(stateDir, `settings-${encodeURIComponent(node)}.json`);
}

/**
 * Writes the groups so that the file is at any moment either the old or the new one, also across a power failure. Only names
 * and specs are kept. Rejects with the system's error.
 */
export async function saveCheckpoint(path: string, groups: ReadonlyMap<string, VipGroup>): Promise<void> {
  const slim = [...groups.values()].map(({ metadata, spec }) => ({ metadata: { name: metadata.name }, spec }));
  await replaceFile(path, `${JSON.stringify({ form, savedAt: new Date().toISOString(), groups: slim })}\n`);
}

/** Reads what `saveCheckpoint` wrote; undefined when there is none. Rejects, naming the file, when it cannot be used. */
export function loadCheckpoint(path: string): Promise<Checkpoint | undefined> {
  return readCheckpoint(path, parseCheckpoint);
}

/** Groups in it that are no longer valid are left out. Throws when it is no checkpoint of this form. */
export function parseCheckpoint(text: string): Checkpoint {
  const value = jsonObject(text);
  if (value.form !== form || !Array.isArray(value.groups)) throw new Error(`it is not of form ${form}`);
  const groups = new Map<string, VipGroup>();
  for (const each of value.groups) {
    const checked = validateVipGroup(each);
    if (checked.ok) groups.set(checked.value.metadata.name, checked.value);
  }
  return { savedAt: String(value.savedAt), groups };
}
