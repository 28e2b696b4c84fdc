import { spawnSync } from 'node:child_process';
import type { TwoHosts } from './two-hosts.js';

/** The MACs that answer an ARP request from host b, each once; in capitals. */
export function arpAnswers({ b }: TwoHosts, address: string): string[] {
  const args = ['netns', 'exec', b, 'arping', '-c', '2', '-w', '2', '-I', 'vb', address];
  const { stdout, stderr } = spawnSync('ip', args, { encoding: 'utf8' });
  if (!stdout.startsWith('ARPING')) throw new Error(`arping ${address}: ${stdout}${stderr}`);
  return [...new Set([...stdout.matchAll(/\[([0-9A-F:]+)\]/g)].map((match) => match[1]!))];
}
