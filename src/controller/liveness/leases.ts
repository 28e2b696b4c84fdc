/** What the Leases of agents say: which agents live, which networks their nodes have, and where connections go on over moves. */
import { agentLeaseKeeps } from '../../api/agent-lease.js';
import { agentLeaseNetwork, parseNetwork } from '../../api/agent-network.js';
import { nodesHeard } from '../../api/heard-lease.js';
import type { Metadata } from '../../api/metadata.js';
import type { Lease } from '../../platform/kubernetes/lease-record.js';
import { isOlderVersion } from '../../platform/kubernetes/object-store.js';
import { askedBy } from './agent-lease.js';
import { answered, deleted, forget, forgetVersions, hear, nodeOf } from './silence.js';
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

export function hearOf(a: AgentsState, lease: Lease): void {
  isBack(a, hear(a.hearing, lease, a.clock.now()));
}

/** It has answered, or the controller that leads says that it has. */
export function hearAnswer(a: AgentsState, node: string): void {
  isBack(a, answered(a.hearing, node, a.clock.now()));
}

function isBack({ log, onChange, look }: AgentsState, node: string | undefined): void {
  if (node === undefined) return;
  log.info('an agent is heard of again', { node });
  onChange(node);
  look();
}

/**
 * What the controller that leads says of whom it hears, by a Lease. The first that is seen may be old. Who asks itself needs no word.
 *
 * @returns false for any other Lease
 */
export function takeWord(a: AgentsState, lease: Lease): boolean {
  const nodes = nodesHeard(lease);
  if (nodes === undefined) return false;
  const version = lease.metadata.resourceVersion ?? '';
  const known = a.wordVersion;
  if (known !== undefined && (version === known || isOlderVersion(version, known))) return true;
  a.wordVersion = version;
  if (known !== undefined && !a.asks) for (const node of nodes) hearAnswer(a, node);
  return true;
}

/** How an agent is asked, or that it is not. */
export function noteAsked({ asked }: AgentsState, lease: Lease): void {
  const node = nodeOf(lease);
  if (node === undefined) return;
  const how = askedBy(lease);
  if (how === undefined) asked.delete(node);
  else asked.set(node, how);
}

/** Its Lease is gone. With the node gone, too, nothing is left to be known of it. */
export function gone(a: AgentsState, node: string): void {
  const { asked, clock, hearing, isGone, keeping, networks, nodes, onNetwork } = a;
  asked.delete(node);
  keeping.delete(node);
  if (networks.delete(node)) onNetwork();
  deleted(hearing, node, clock.now());
  if (isGone(node) && ![...nodes()].includes(node)) forget(hearing, node);
}

/** The store has gone back in time. */
export function forgetAllVersions(a: AgentsState): void {
  forgetVersions(a.hearing);
  a.wordVersion = undefined;
}
