/** What a track file says. */
import { readTrackFile } from '../../core/tracking/track-file.js';
import { readCheckFile } from './check-file.js';
import type { Probe } from './probe.js';

const mostBytes = 64;

/** Passes while the file holds an integer, which counts for the priority (`readTrackFile`). */
export function fileProbe(path: string, multiplier: number): Probe {
  return async () => {
    const file = await readCheckFile(path, mostBytes);
    return file.ok ? readTrackFile(file.text, multiplier, path) : file;
  };
}
