import type { BgpConf } from '../../api/bgp-conf.js';
import type { BgpPeer } from '../../api/bgp-peer.js';
import type { Resource } from '../../platform/kubernetes/resource.js';
import { type Context, fieldManager } from '../context/context.js';
import { finalizersToKeep } from '../objects/finalizers.js';

/** OpenELB's finalizer must not keep a BgpConf or BgpPeer from being deleted. */
export async function adoptBgpObject(
  { client }: Pick<Context, 'client'>,
  resource: Resource,
  { metadata }: BgpConf | BgpPeer,
): Promise<void> {
  const finalizers = finalizersToKeep(metadata);
  if (finalizers === undefined) return;
  const { name, uid, resourceVersion } = metadata;
  await client.mergePatch(resource, name, { metadata: { finalizers } }, { uid, resourceVersion, fieldManager });
}
