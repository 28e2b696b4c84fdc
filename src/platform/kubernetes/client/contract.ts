/** Owns: the words for what is asked of a client. */

export interface JsonPatchOperation {
  readonly op: 'add' | 'remove' | 'replace' | 'test' | 'move' | 'copy';
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

/** What must still be true of the object on the server; otherwise the write is refused (409 or 422). */
export interface Preconditions {
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
}

export interface WatchOptions {
  readonly signal?: AbortSignal | undefined;
  /** The server accepted the watch. */
  readonly onOpen?: () => void;
  /** Silence longer than this means that the connection is dead; default 6 min. */
  readonly idleMs?: number;
}

export interface PatchOptions extends Preconditions {
  readonly subresource?: string;
  readonly fieldManager?: string;
}

export interface ApplyOptions {
  readonly fieldManager: string;
  readonly force?: boolean;
  readonly subresource?: string;
}

export interface RemoveOptions extends Preconditions {
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
}
