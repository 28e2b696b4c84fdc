import type { Host } from '../../test/lab/host.js';
import type { Node } from '../../test/lab/node.js';

/** What a client's ARP table says of an address. */
export interface Neighbor {
  /** Lower case. */
  readonly mac: string;
  /** The node whose NIC that is. */
  readonly node?: string;
}

/** The entry, undefined when there is none that is of use. */
export async function neighborOf(client: Host, address: string, nodes: readonly Node[]): Promise<Neighbor | undefined> {
  const entries = JSON.parse((await client.run('ip', ['-j', 'neigh', 'show', address, 'dev', 'eth0'])) || '[]');
  const mac = (entries as readonly { readonly lladdr?: string }[])[0]?.lladdr;
  if (mac === undefined) return undefined;
  const macs = await Promise.all(nodes.map(({ host }) => macOf(host)));
  const node = nodes[macs.indexOf(mac)]?.name;
  return { mac, ...(node !== undefined && { node }) };
}

async function macOf(host: Host): Promise<string | undefined> {
  const links = JSON.parse(await host.run('ip', ['-j', 'link', 'show', 'eth0']));
  return (links as readonly { readonly address?: string }[])[0]?.address;
}

/** For a person. */
export function neighborText(address: string, neighbor: Neighbor | undefined): string {
  if (neighbor === undefined) return `the client's ARP table has nothing of ${address}`;
  return `the client's ARP table: ${address} is at ${neighbor.mac}, the NIC of ${neighbor.node ?? 'none of the nodes'}`;
}
