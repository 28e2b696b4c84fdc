/**
 * Whether this node is a router on a NIC, which its neighbour advertisements say (RFC 4861 section 7.2.6: IsRouter). A host that uses this node as
 * its default router drops that route when it is told that this is none (section 7.2.5); one that does not would believe in a router that is none.
 */
import type { Micros } from '../../../core/time.js';
import type { Kernel } from '../kernel.js';

/** The setting changes hardly ever; keepalived looks as often. */
const readEvery: Micros = 5_000_000;

export function createForwarding(kernel: Pick<Kernel, 'now' | 'forwards'>): (interfaceName: string) => boolean {
  const known = new Map<string, { readonly forwards: boolean; readonly at: Micros }>();
  return (interfaceName) => {
    const now = kernel.now();
    const last = known.get(interfaceName);
    if (last !== undefined && now - last.at < readEvery) return last.forwards;
    const forwards = kernel.forwards(interfaceName);
    known.set(interfaceName, { forwards, at: now });
    return forwards;
  };
}
