import { watch as nodeWatch, watchFile as poll, unwatchFile as stopPolling } from 'node:fs';
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

/** How soon a change is seen where the kernel tells of none. */
const pollMs = 1_000;

interface Watcher {
  on(event: 'error', listener: () => void): unknown;
  close(): void;
}

/**
 * Calls back when the file was written, or another has taken its place. Not told is a change behind a symbolic link: it is seen at the
 * next interval. While the kernel has no watch left, or the folder is not there, the file is looked at each second instead.
 *
 * @param watch for tests: what makes watches
 */
export function watchFile(
  path: string,
  wake: () => void,
  watch: (folder: string, heard: (event: string, file: string | null) => void) => Watcher = nodeWatch,
): () => void {
  let quiet: NodeJS.Timeout | undefined;
  let watcher: Watcher | undefined;
  const changed = () => {
    quiet ??= setTimeout(() => {
      quiet = undefined;
      wake();
    }, quietMs);
  };
  const lost = () => {
    watcher?.close();
    watcher = undefined;
    poll(path, { interval: pollMs, persistent: false }, changed);
  };
  try {
    watcher = watch(dirname(path), (_, file) => {
      // Volumes of Kubernetes change by a link of that name beside it.
      if (file === null || file === basename(path) || file === '..data') changed();
    });
    watcher.on('error', lost);
  } catch {
    lost();
  }
  return () => {
    clearTimeout(quiet);
    watcher?.close();
    stopPolling(path, changed);
  };
}
