import { hasStatus } from '../api-error.js';
import type { CacheState } from './state.js';

/** Owns: what is said of an outage: once that it began, once that it is over. */

/** What is held is kept whatever the error: a server that just started does not know its custom resources for a while. */
export function complain<T>(state: CacheState<T>, error: unknown): void {
  const { log, resource } = state;
  const message = error instanceof Error ? error.message : String(error);
  // Ordinary housekeeping of the server.
  if (hasStatus(error, 410)) return;
  const trouble = hasStatus(error, 404)
    ? 'waiting for a resource that the server does not have yet'
    : 'cannot watch, retrying';
  // Once per outage: a server that is away for an hour is one line.
  if (trouble !== state.said) log?.warn(trouble, { resource: resource.plural, group: resource.group, error: message });
  state.said = trouble;
  state.lastError = message;
}

export function isOver<T>(state: CacheState<T>): void {
  const { log, resource, lastError } = state;
  if (lastError !== undefined) log?.info('watching again', { resource: resource.plural, after: lastError });
  state.lastError = undefined;
  state.said = undefined;
}
