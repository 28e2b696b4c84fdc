/** Whether this process may do what an agent does. */
import { readFileSync } from 'node:fs';

/** Bit numbers of linux/capability.h. */
const needed = { NET_ADMIN: 12, NET_RAW: 13 } as const;

/** What is missing, as a sentence with the remedy; undefined when nothing is. `status` is the text of /proc/self/status. */
export function missingCapabilities(status: string = readFileSync('/proc/self/status', 'utf8')): string | undefined {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  if (effective === undefined) return undefined;
  const bits = BigInt(`0x${effective}`);
  const missing = Object.entries(needed).filter(([, bit]) => ((bits >> BigInt(bit)) & 1n) === 0n);
  if (missing.length === 0) return undefined;
  const names = missing.map(([name]) => name).join(' and ');
  return `the agent needs the ${missing.length > 1 ? 'capabilities' : 'capability'} ${names}: run it as root, or grant ${missing.length > 1 ? 'them' : 'it'}`;
}
