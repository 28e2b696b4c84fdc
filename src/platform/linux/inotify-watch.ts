/**
 * A watch of a directory that can be had again: after the kernel refused one or took it away, and by itself where another directory takes
 * the place of that one. Watches are few per user (fs.inotify.max_user_watches, max_user_instances) and others may have them all.
 *
 * Source: inotify(7).
 */
import { watch as nodeWatch } from 'node:fs';
import { basename } from 'node:path';

interface Watcher {
  on(event: 'error', listener: (error: Error) => void): unknown;
  close(): void;
}

export interface InotifyWatchOptions {
  readonly path: string;
  /** Something happened to the file of that name in it; null: to any, or to the directory itself. */
  readonly heard: (file: string | null) => void;
  /** There is no watch, for this reason; undefined: there is one again. Called when that changes, an existing watch at the start apart. */
  readonly onUnwatched: (reason: Error | undefined) => void;
  /** For tests: what makes watches. */
  readonly watch?: ((path: string, heard: (event: string, file: string | null) => void) => Watcher) | undefined;
}

export interface InotifyWatch {
  /** Tries to have a watch, unless there is one. */
  begin(): void;
  isThere(): boolean;
  stop(): void;
}

export function createInotifyWatch({ path, heard, onUnwatched, watch = nodeWatch }: InotifyWatchOptions): InotifyWatch {
  let watcher: Watcher | undefined;
  let reason: string | undefined;

  function begin(): void {
    if (watcher !== undefined) return;
    try {
      watcher = watch(path, (event, file) => {
        const wentItself = event === 'rename' && file === basename(path);
        if (wentItself) anew(); // it hears nothing any more, whatever takes the place
        heard(wentItself ? null : file);
      });
      watcher.on('error', lost);
      tell(undefined);
    } catch (error) {
      lost(error as Error);
    }
  }

  function stop(): void {
    watcher?.close();
    watcher = undefined;
  }

  function anew(): void {
    stop();
    begin();
  }

  function lost(error: Error): void {
    stop();
    tell(error);
  }

  function tell(error: Error | undefined): void {
    if (reason === error?.message) return;
    reason = error?.message;
    onUnwatched(error);
  }

  return { begin, isThere: () => watcher !== undefined, stop };
}
