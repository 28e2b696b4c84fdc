import type { Host } from './host.js';

/** Who answers a host for an address on its eth0, by ARP or neighbour solicitation: MACs, lower case. */
export async function macsThatAnswerFor(client: Pick<Host, 'run'>, address: string): Promise<readonly string[]> {
  // Both say by their exit code whether one answer came to each question, which is not what is asked here.
  const ask = address.includes(':') ? `ndisc6 -m -w 500 ${address} eth0` : `arping -b -c 2 -w 2 -I eth0 ${address}`;
  const text = await client.run('sh', ['-c', `${ask} || true`]);
  return [...new Set(text.toLowerCase().match(/(?:[0-9a-f]{2}:){5}[0-9a-f]{2}/g))];
}

/** The MAC of a host's eth0, lower case. */
export async function macOf({ run }: Pick<Host, 'run'>): Promise<string> {
  const [link] = JSON.parse(await run('ip', ['-j', 'link', 'show', 'eth0'])) as readonly { readonly address: string }[];
  return link!.address;
}
