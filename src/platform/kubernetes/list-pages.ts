import { hasStatus } from './api-error.js';
import type { CallOptions, Query, Selection } from './call.js';
import { ConnectionError } from './connection-error.js';
import { type ObjectList, pathOf, type Resource } from './resource.js';

/**
 * Owns: reading a whole collection, in pages, as of one moment.
 * Source: Kubernetes API concepts, "Retrieving large results sets in chunks".
 */

const pageSize = 500;
/** A list of ten thousand objects takes a loaded server a while. */
const pageTimeoutMs = 60_000;

/**
 * @param o.resourceVersion undefined: what the store holds now; '0': whatever the server has at hand, which may be
 * somewhat old but costs it nothing, and comes in one piece
 * @param o.keep what is kept of an item; the rest of a page is garbage before the next page comes
 * @returns all items, and the resourceVersion to watch from, if the server says one
 * @throws ConnectionError for what is no list
 */
export async function listPages<T, K = T>(
  request: <R>(o: CallOptions) => Promise<R>,
  resource: Resource,
  selection: Selection,
  o: {
    resourceVersion?: string | undefined;
    signal?: AbortSignal | undefined;
    onSending?: (() => void) | undefined;
    keep?: (item: T) => K;
  } = {},
): Promise<ObjectList<K>> {
  const path = pathOf(resource, { namespace: selection.namespace });
  const page = async (query: Query) =>
    checked(
      path,
      await request<ObjectList<T>>({
        method: 'GET',
        path,
        query: { labelSelector: selection.labelSelector, fieldSelector: selection.fieldSelector, ...query },
        timeoutMs: pageTimeoutMs,
        signal: o.signal,
        onSending: o.onSending,
      }),
    );
  let list = await page({ limit: pageSize, resourceVersion: o.resourceVersion });
  const { keep = (item: T) => item as unknown as K } = o;
  const items = list.items.map(keep);
  while (list.metadata.continue) {
    try {
      list = await page({ limit: pageSize, continue: list.metadata.continue });
    } catch (error) {
      // The snapshot that the pages were cut from is gone (compaction): start over, in one piece.
      if (!hasStatus(error, 410)) throw error;
      const whole = await page({});
      return { metadata: whole.metadata, items: whole.items.map(keep) };
    }
    for (const item of list.items) items.push(keep(item));
  }
  return { metadata: list.metadata, items };
}

function checked<T>(path: string, list: ObjectList<T> | null | undefined): ObjectList<T> {
  // Go writes an empty list of some kinds as null.
  const items = list?.items ?? [];
  if (!Array.isArray(items))
    throw new ConnectionError('interrupted', `GET ${path}: the server sent a list whose items are none`);
  return { metadata: list?.metadata ?? {}, items };
}

/** How many objects a list has of which this is the first page; undefined where the server does not say (with selectors it never does). */
export function countOf({ items, metadata }: ObjectList<unknown>): number | undefined {
  const { continue: more, remainingItemCount: rest } = metadata;
  const here = items?.length ?? 0;
  if (!more) return here;
  return rest === undefined ? undefined : here + rest;
}
