/**
 * Tells that a track file may have changed: at once where the kernel says so (inotify). While it has no watch left, or the folder is not
 * there, the file is to be looked at each second, and each time another watch is tried. Not told is a change behind a symbolic link: it is
 * seen at the check's next interval.
 */
import { watch as nodeWatch } from 'node:fs';
import { basename, dirname } from 'node:path';

/** Whoever writes a file may do so in several steps. */
const quietMs = 20;
/** How soon a change is seen where the kernel tells of none. */
const unwatchedMs = 1_000;

interface Watcher {
  on(event: 'error', listener: (error: Error) => void): unknown;
  close(): void;
}

export interface TrackFileWatch {
  stop(): void;
}

export interface TrackFileWatchOptions {
  readonly path: string;
  /** It may have changed. */
  readonly wake: () => void;
  /** There is no watch, for this reason; undefined: there is one again. Called when that changes, an existing watch at the start apart. */
  readonly onUnwatched: (reason: Error | undefined) => void;
  /** For tests: what makes watches. */
  readonly watch?: (folder: string, heard: (event: string, file: string | null) => void) => Watcher;
}

export function watchTrackFile({ path, wake, onUnwatched, watch = nodeWatch }: TrackFileWatchOptions): TrackFileWatch {
  let watcher: Watcher | undefined;
  let reason: string | undefined;
  let quiet: NodeJS.Timeout | undefined;
  let poll: NodeJS.Timeout | undefined;

  function changed(): void {
    quiet ??= setTimeout(() => {
      quiet = undefined;
      wake();
    }, quietMs);
  }

  function begin(): void {
    watcher?.close();
    try {
      watcher = watch(dirname(path), (event, file) => {
        // Volumes of Kubernetes change by a link of that name beside it.
        if (file === null || file === basename(path) || file === '..data') changed();
        // The folder itself went: the watch hears nothing any more, whatever takes its place.
        if (event === 'rename' && file === basename(dirname(path))) again();
      });
      watcher.on('error', lost);
      tell(undefined);
    } catch (error) {
      lost(error as Error);
    }
  }

  function again(): void {
    begin();
    changed();
  }

  function lost(error: Error): void {
    watcher?.close();
    watcher = undefined;
    tell(error);
    clearTimeout(poll);
    poll = setTimeout(() => {
      begin();
      wake();
    }, unwatchedMs).unref();
  }

  function tell(error: Error | undefined): void {
    if (reason === error?.message) return;
    reason = error?.message;
    onUnwatched(error);
  }

  begin();
  return {
    stop() {
      clearTimeout(quiet);
      clearTimeout(poll);
      watcher?.close();
    },
  };
}
