import type { BgpPeer } from '../../api/bgp-peer.js';
import type { VipGroup } from '../../api/vip-group.js';

/** Hears what changes, after the caches have it. */
export interface Observer {
  group(object: VipGroup | undefined, previous: VipGroup | undefined): void;
  /** @param object undefined: there is none of that name any more */
  peer(name: string, object: BgpPeer | undefined): void;
  /** It fell silent, or is heard of again. */
  agent(node: string): void;
  /** Anything else that is shown. */
  other(): void;
}
