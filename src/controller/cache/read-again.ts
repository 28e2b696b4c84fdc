/** After a write that was refused: what the store says is taken over at once, so that the next decision is right however late the watch. */
import type { ApiClient } from '../../platform/kubernetes/client.js';
import { isOlderVersion } from '../../platform/kubernetes/object-store.js';
import type { KubernetesObject, Resource } from '../../platform/kubernetes/resource.js';
import type { Recent } from './recent.js';

/**
 * @param keep as the cache keeps such objects
 * @returns whether there is something new: then what was decided had been overtaken
 */
export async function readAgain<T extends KubernetesObject>(
  client: Pick<ApiClient, 'get'>,
  resource: Resource,
  key: string,
  recent: Recent<T>,
  keep: (object: T) => T = (object) => object,
): Promise<boolean> {
  const before = recent.get(key);
  const found = await client.get<T>(resource, key);
  const now = recent.get(key);
  if (found === undefined) {
    if (now !== undefined) recent.removed(now);
    return before !== undefined;
  }
  const { uid, resourceVersion } = found.metadata;
  if (now?.metadata.uid !== uid || isOlderVersion(now?.metadata.resourceVersion, resourceVersion)) {
    recent.wrote(keep(found));
  }
  return before?.metadata.uid !== uid || before?.metadata.resourceVersion !== resourceVersion;
}
