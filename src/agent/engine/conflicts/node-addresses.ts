/**
 * Addresses that nodes have as their own, as far as this node knows: it never holds one of them as a virtual address, whatever a group
 * says. Else it would cut itself, or another member, from everybody.
 */
import { addressKey } from '../address-key.js';
import type { Member } from '../election/member.js';
import type { Inventory } from '../inventory.js';

export interface NodeAddresses {
  /** Whose address it is, for people; undefined when it is no node's. */
  of(address: Uint8Array): string | undefined;
  /** What they are collected from may have changed. */
  changed(): void;
}

/**
 * One that is all of its subnet does not count: so do load balancers put virtual addresses on interfaces, kube-proxy on kube-ipvs0 too. A
 * node whose real address is like that is known by the address that its adverts come from.
 */
export function createNodeAddresses(o: {
  readonly inventory: Pick<Inventory, 'all'>;
  readonly members: ReadonlyMap<string, Member>;
}): NodeAddresses {
  let known: Map<string, string> | undefined;

  function collect(): Map<string, string> {
    const found = new Map<string, string>();
    for (const { config } of o.members.values()) {
      for (const peer of config.peers) found.set(addressKey(peer), 'it is where the adverts of a member come from');
    }
    for (const { config, phase } of o.members.values()) {
      for (const own of [config.source, phase.binding?.source]) {
        if (own !== undefined) found.set(addressKey(own), 'it is where the adverts of this node come from');
      }
    }
    for (const { address, prefixLength, ours } of o.inventory.all()) {
      if (!ours && prefixLength < address.length * 8) found.set(addressKey(address), 'it is an address of this node');
    }
    return found;
  }

  return {
    of(address) {
      known ??= collect();
      return known.get(addressKey(address));
    },
    changed() {
      known = undefined;
    },
  };
}
