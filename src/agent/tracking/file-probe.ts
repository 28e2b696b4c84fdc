import { watch } from 'node:fs';
import { basename, dirname } from 'node:path';
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

/** Whoever writes a file may do so in several steps. */
const quietMs = 20;

/**
 * Calls back when the file was written, or another has taken its place. Not told is a change behind a symbolic link, or of a file in a
 * folder that comes later: they are seen at the next interval.
 */
export function watchFile(path: string, wake: () => void): () => void {
  let quiet: NodeJS.Timeout | undefined;
  const heard = (_: string, file: string | null) => {
    // Volumes of Kubernetes change by a link of that name beside it.
    if (file !== null && file !== basename(path) && file !== '..data') return;
    quiet ??= setTimeout(() => {
      quiet = undefined;
      wake();
    }, quietMs);
  };
  try {
    const watcher = watch(dirname(path), heard);
    watcher.on('error', () => watcher.close());
    return () => {
      clearTimeout(quiet);
      watcher.close();
    };
  } catch {
    return () => {};
  }
}
