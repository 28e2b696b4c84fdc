/** By how much the clocks of nodes differ, as far as the API server shows it: pure. */
import { agentLeaseNode } from '../api/agent-lease.js';
import type { Metadata } from '../api/metadata.js';
import type { Lease } from '../platform/kubernetes/lease-record.js';

/** A difference that puts lines into another order than the one in which things happened, in milliseconds; the server says whole seconds. */
export const worthSaying = 2_000;

interface Managed {
  readonly time?: unknown;
}

/**
 * By node, in milliseconds: how far its clock is ahead of the API server's. The agent writes into its Lease what time it is by its own
 * clock, and the server beside it, in metadata.managedFields, what time it was by the server's. Nodes of which that is not known are left out.
 */
export function clockOffsets(leases: Iterable<Lease>): ReadonlyMap<string, number> {
  const offsets = new Map<string, number>();
  for (const { metadata, spec } of leases) {
    const { annotations, managedFields } = metadata as Metadata & { readonly managedFields?: unknown };
    const node = annotations?.[agentLeaseNode];
    const written = Date.parse(spec?.renewTime ?? '');
    const times = (Array.isArray(managedFields) ? (managedFields as readonly Managed[]) : [])
      .map((each) => Date.parse(typeof each?.time === 'string' ? each.time : ''))
      .filter((ms) => !Number.isNaN(ms));
    if (node === undefined || Number.isNaN(written) || times.length === 0) continue;
    // The server leaves out fractions of a second.
    offsets.set(node, written - (Math.max(...times) + 500));
  }
  return offsets;
}

/** That clocks differ, as a sentence; undefined while they do not, as far as is known. */
export function clocksText(offsets: ReadonlyMap<string, number>): string | undefined {
  const off = [...offsets].filter(([, ms]) => Math.abs(ms) >= worthSaying).sort(([a], [b]) => (a < b ? -1 : 1));
  if (off.length === 0) return undefined;
  const said = off.map(
    ([node, ms]) => `that of ${node} is ${Math.round(Math.abs(ms) / 1000)} s ${ms > 0 ? 'ahead' : 'behind'}`,
  );
  return `clocks differ from the API server's, so lines of these nodes stand in the wrong place: ${said.join(', ')}; set them right (NTP)`;
}
