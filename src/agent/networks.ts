/** The subnets of this node's NICs, for the controller. */
import { networkInterfaces } from 'node:os';
import { formatNetworks, subnetOf } from '../api/networks.js';

type Interfaces = Readonly<Record<string, readonly { readonly cidr: string | null }[] | undefined>>;

/**
 * Says what the annotation is to say, each time it is asked. What a NIC had is said on while it is down: the LAN that it will be on again is
 * the same, and the groups on it keep their IDs.
 */
export function createNetworkReport(read: () => Interfaces = networkInterfaces): () => string {
  const known: Record<string, readonly string[]> = {};
  return () => {
    for (const [nic, addresses = []] of Object.entries(read())) {
      const subnets = addresses.flatMap(({ cidr }) => subnetOf(cidr ?? '') ?? []);
      if (nic !== 'lo' && subnets.length > 0) known[nic] = subnets;
    }
    return formatNetworks(known);
  };
}
