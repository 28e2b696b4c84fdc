/** What kernels say of addresses: `ip monitor` in each node's namespace, which needs nothing of the product. */
import type { Host } from '../lab/host.js';

export interface Witness {
  /** The nodes that have the address on a NIC now. */
  holders(address: string): readonly string[];
  /** What was seen lately, the oldest first. */
  history(): readonly string[];
}

/** Of so many changes the last are kept. */
const mostKept = 2_000;

/** Watches until the lab ends. @param now milliseconds, monotonic */
export async function watchKernels(hosts: readonly Host[], now: () => number): Promise<Witness> {
  const held = new Map<string, Set<string>>(hosts.map(({ name }) => [name, new Set()]));
  const history: string[] = [];
  for (const host of hosts) {
    const monitor = host.start('monitor', 'ip', ['-o', 'monitor', 'address']);
    monitor.onLine((line) => {
      const address = /\binet6? ([0-9a-f.:]+)\//.exec(line)?.[1];
      if (address === undefined) return;
      const isGone = line.startsWith('Deleted');
      const here = held.get(host.name)!;
      if (here.has(address) !== isGone) return; // a lease that goes on
      if (isGone) here.delete(address);
      else here.add(address);
      history.push(`${Math.round(now())} ${host.name} ${isGone ? '-' : '+'} ${address}`);
      if (history.length > mostKept) history.shift();
    });
    for (const address of await host.addresses()) held.get(host.name)!.add(address);
  }
  return {
    holders: (address) => hosts.map(({ name }) => name).filter((name) => held.get(name)!.has(address)),
    history: () => history,
  };
}
