import { hasStatus } from './api-error.js';
import type { CallOptions, Query, Selection } from './call.js';
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
 * somewhat old but costs it nothing
 * @returns all items, and the resourceVersion to watch from
 */
export async function listPages<T>(
  request: <R>(o: CallOptions) => Promise<R>,
  resource: Resource,
  selection: Selection,
  o: { resourceVersion?: string | undefined; signal?: AbortSignal | undefined } = {},
): Promise<ObjectList<T>> {
  const page = (query: Query) =>
    request<ObjectList<T>>({
      method: 'GET',
      path: pathOf(resource, { namespace: selection.namespace }),
      query: { labelSelector: selection.labelSelector, fieldSelector: selection.fieldSelector, ...query },
      timeoutMs: pageTimeoutMs,
      signal: o.signal,
    });
  let list = await page({ limit: pageSize, resourceVersion: o.resourceVersion });
  // Go writes an empty list of some kinds as null.
  const items: T[] = [...(list.items ?? [])];
  while (list.metadata.continue) {
    try {
      list = await page({ limit: pageSize, continue: list.metadata.continue });
    } catch (error) {
      // The snapshot that the pages were cut from is gone (compaction): start over, in one piece.
      if (!hasStatus(error, 410)) throw error;
      return await page({});
    }
    items.push(...list.items);
  }
  return { metadata: list.metadata, items };
}
