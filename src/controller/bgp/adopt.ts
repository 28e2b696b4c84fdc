import { hasStatus } from '../../platform/kubernetes/api-error.js';
import type { Resource } from '../../platform/kubernetes/resource.js';
import { type Again, overtaken } from '../../platform/kubernetes/work-queue.js';
import { type Context, fieldManager } from '../context/context.js';
import { finalizersToKeep } from '../objects/finalizers.js';
import { bgpConfs, bgpPeers } from '../objects/resources.js';

/** BgpConf and BgpPeer are not acted upon yet, but OpenELB's finalizer must not keep them from being deleted. */
export async function adoptBgpObject(
  { world, client }: Pick<Context, 'world' | 'client'>,
  key: string,
): Promise<Again | undefined> {
  const object = world.bgpObject(key);
  const finalizers = object && finalizersToKeep(object.metadata);
  if (object === undefined || finalizers === undefined) return undefined;
  const resource: Resource = key.startsWith(bgpConfs.plural) ? bgpConfs : bgpPeers;
  const { name, uid, resourceVersion } = object.metadata;
  try {
    await client.mergePatch(resource, name, { metadata: { finalizers } }, { uid, resourceVersion, fieldManager });
    return undefined;
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    // The watch brings what has changed, and with it another look; nobody waits for this.
    if (hasStatus(error, 409)) return overtaken;
    throw error;
  }
}
