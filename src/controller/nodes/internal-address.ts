/** Where a node is reached by others of the cluster: its first InternalIP of a family. */
import { type Family, parseIp } from '../../core/ip/address.js';
import type { Node } from '../objects/builtin-objects.js';

export function internalAddress(node: Node | undefined, family: Family): string | undefined {
  const internal = node?.status?.addresses?.filter(({ type }) => type === 'InternalIP') ?? [];
  return internal.find(({ address }) => parseIp(address)?.family === family)?.address;
}
