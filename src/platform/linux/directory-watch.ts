/**
 * Tells that a directory may have changed: at once where the kernel says so (inotify), and after an interval in any case, since network
 * file systems tell nobody. While there is no watch it is looked at more often, and each time another watch is tried.
 */
import { createInotifyWatch, type InotifyWatchOptions } from './inotify-watch.js';

/** Files are often written in several steps: look when it has been quiet for this long. */
const quietMs = 50;
const watchedMs = 2_000;
const unwatchedMs = 1_000;

export interface DirectoryWatch {
  stop(): void;
}

export interface DirectoryWatchOptions extends Pick<InotifyWatchOptions, 'path' | 'onUnwatched' | 'watch'> {
  /** It may have changed. Called at the intervals above at least, and soon after each change that the kernel tells of. */
  readonly onChange: () => void;
}

export function watchDirectory({ onChange, ...o }: DirectoryWatchOptions): DirectoryWatch {
  let quiet: NodeJS.Timeout | undefined;
  let poll: NodeJS.Timeout | undefined;
  const inotify = createInotifyWatch({
    ...o,
    heard() {
      clearTimeout(quiet);
      quiet = setTimeout(onChange, quietMs).unref();
    },
  });

  function lookLater(): void {
    poll = setTimeout(
      () => {
        inotify.begin();
        lookLater();
        onChange();
      },
      inotify.isThere() ? watchedMs : unwatchedMs,
    ).unref();
  }

  inotify.begin();
  lookLater();
  return {
    stop() {
      inotify.stop();
      clearTimeout(quiet);
      clearTimeout(poll);
    },
  };
}
