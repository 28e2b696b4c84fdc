import { apiErrorOfEvent } from './api-error.js';
import { ConnectionError } from './connection-error.js';

/** Owns: reading a line of a watch. What the object in it holds is not looked at. */

export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: object }
  | { readonly type: 'BOOKMARK'; readonly object: object };

/** A watch brought what cannot be read. Whoever watches from the same version may get it again. */
export class UnreadableEventError extends ConnectionError {
  constructor(message: string, cause?: unknown) {
    super('interrupted', message, cause);
    this.name = 'UnreadableEventError';
  }
}

/** @throws ApiError for an ERROR event, UnreadableEventError for what is no event */
export function parseEvent(line: string, path: string): WatchEvent {
  let event: { readonly type?: unknown; readonly object?: unknown } | null;
  try {
    event = JSON.parse(line);
  } catch (cause) {
    throw new UnreadableEventError(`WATCH ${path}: the server sent a line that is not JSON`, cause);
  }
  const { type, object } = event ?? {};
  const isObject = typeof object === 'object' && object !== null;
  if (type === 'ERROR') throw apiErrorOfEvent(path, object);
  if (!isObject || typeof type !== 'string') {
    throw new UnreadableEventError(`WATCH ${path}: the server sent a line that is not a watch event`);
  }
  return { type, object } as WatchEvent;
}

/** The version that an event brings: a bookmark has nothing else. */
export function versionOf(object: object): string | undefined {
  const version = (object as { metadata?: { resourceVersion?: unknown } | null }).metadata?.resourceVersion;
  return typeof version === 'string' ? version : undefined;
}
