/** What the Leases of agents say: which agents live, which networks their nodes have, and where connections go on over moves. */
import { agentLeaseKeeps } from '../../api/agent-lease.js';
import { agentLeaseNetwork, parseNetwork } from '../../api/agent-network.js';
import type { Metadata } from '../../api/metadata.js';
import type { Lease } from '../../platform/kubernetes/lease-record.js';
import { deleted, forget, hear, nodeOf } from './silence.js';
import type { AgentsState } from './state.js';

export function noteNetwork({ networks, onNetwork }: AgentsState, lease: Lease): void {
  const node = nodeOf(lease);
  if (node === undefined) return;
  const text = (lease.metadata as Metadata).annotations?.[agentLeaseNetwork];
  const known = networks.get(node);
  if (known !== undefined && known.text === text) return;
  networks.set(node, { text, network: parseNetwork(text) ?? 'untold' });
  onNetwork();
}

export function noteKeeping({ keeping, onChange }: AgentsState, lease: Lease): void {
  const node = nodeOf(lease);
  if (node === undefined) return;
  const families = (lease.metadata as Metadata).annotations?.[agentLeaseKeeps] ?? '';
  if ((keeping.get(node) ?? '') === families) return;
  keeping.set(node, families);
  onChange(node);
}

export function hearOf({ clock, hearing, log, onChange }: AgentsState, lease: Lease): void {
  const back = hear(hearing, lease, clock.now());
  if (back === undefined) return;
  log.info('an agent is heard of again', { node: back });
  onChange(back);
}

/** Its Lease is gone. With the node gone, too, nothing is left to be known of it. */
export function gone({ clock, hearing, isGone, keeping, networks, nodes, onNetwork }: AgentsState, node: string): void {
  keeping.delete(node);
  if (networks.delete(node)) onNetwork();
  deleted(hearing, node, clock.now());
  if (isGone(node) && ![...nodes()].includes(node)) forget(hearing, node);
}
