/**
 * Tells that a directory may have changed: at once where the kernel says so (inotify), and after an interval in any case, since network
 * file systems tell nobody. Watches are few per user (fs.inotify.max_user_watches, max_user_instances) and others may have them all: then
 * it is looked at more often, and each time another watch is tried.
 *
 * Source: inotify(7).
 */
import { watch as nodeWatch } from 'node:fs';

/** Files are often written in several steps: look when it has been quiet for this long. */
const quietMs = 50;
const watchedMs = 2_000;
const unwatchedMs = 1_000;

export interface DirectoryWatch {
  stop(): void;
}

export interface DirectoryWatchOptions {
  readonly path: string;
  /** It may have changed. Called at the intervals above at least, and soon after each change that the kernel tells of. */
  readonly onChange: () => void;
  /** There is no watch, for this reason; undefined: there is one again. Called when that changes, an existing watch at the start apart. */
  readonly onUnwatched: (reason: Error | undefined) => void;
  /** For tests: what makes watches. */
  readonly watch?: (path: string, listener: () => void) => Watcher;
}

interface Watcher {
  on(event: 'error', listener: (error: Error) => void): unknown;
  close(): void;
}

export function watchDirectory({
  path,
  onChange,
  onUnwatched,
  watch = nodeWatch,
}: DirectoryWatchOptions): DirectoryWatch {
  let watcher: Watcher | undefined;
  let reason: string | undefined;
  let quiet: NodeJS.Timeout | undefined;
  let poll: NodeJS.Timeout | undefined;

  function begin(): void {
    try {
      watcher = watch(path, () => {
        clearTimeout(quiet);
        quiet = setTimeout(onChange, quietMs).unref();
      });
      watcher.on('error', lost);
      tell(undefined);
    } catch (error) {
      lost(error as Error);
    }
  }

  function lost(error: Error): void {
    watcher?.close();
    watcher = undefined;
    tell(error);
  }

  function tell(error: Error | undefined): void {
    if (reason === error?.message) return;
    reason = error?.message;
    onUnwatched(error);
  }

  function lookLater(): void {
    poll = setTimeout(
      () => {
        if (watcher === undefined) begin();
        lookLater();
        onChange();
      },
      watcher === undefined ? unwatchedMs : watchedMs,
    ).unref();
  }

  begin();
  lookLater();
  return {
    stop() {
      watcher?.close();
      clearTimeout(quiet);
      clearTimeout(poll);
    },
  };
}
