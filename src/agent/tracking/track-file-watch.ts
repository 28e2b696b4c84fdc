/**
 * Tells that a track file may have changed: at once where the kernel says so (inotify). While it has no watch left, or the folder is not
 * there, the file is to be looked at each second, and each time another watch is tried. Not told is a change behind a symbolic link: it is
 * seen at the check's next interval.
 */
import { basename, dirname } from 'node:path';
import { createInotifyWatch, type InotifyWatchOptions } from '../../platform/linux/inotify-watch.js';

/** Whoever writes a file may do so in several steps. */
const quietMs = 20;
/** How soon a change is seen where the kernel tells of none. */
const unwatchedMs = 1_000;

export interface TrackFileWatch {
  stop(): void;
}

export interface TrackFileWatchOptions extends Pick<InotifyWatchOptions, 'onUnwatched' | 'watch'> {
  /** Of the file. */
  readonly path: string;
  /** It may have changed. */
  readonly wake: () => void;
}

export function watchTrackFile({ path, wake, onUnwatched, watch }: TrackFileWatchOptions): TrackFileWatch {
  let quiet: NodeJS.Timeout | undefined;
  let poll: NodeJS.Timeout | undefined;
  const inotify = createInotifyWatch({
    path: dirname(path),
    heard(file) {
      // Volumes of Kubernetes change by a link of that name beside it.
      if (file === null || file === basename(path) || file === '..data') changed();
    },
    onUnwatched(reason) {
      if (reason !== undefined) lookSoon();
      onUnwatched(reason);
    },
    watch,
  });

  function changed(): void {
    quiet ??= setTimeout(() => {
      quiet = undefined;
      wake();
    }, quietMs);
  }

  function lookSoon(): void {
    clearTimeout(poll);
    poll = setTimeout(() => {
      inotify.begin();
      if (!inotify.isThere()) lookSoon();
      wake();
    }, unwatchedMs).unref();
  }

  inotify.begin();
  return {
    stop() {
      clearTimeout(quiet);
      clearTimeout(poll);
      inotify.stop();
    },
  };
}
