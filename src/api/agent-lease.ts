/**
 * The Lease by which an agent says that it lives: one per node, in the namespace of the programs, renewed while its engine moves.
 * As the kubelet's Leases in kube-node-lease.
 */
import type { Family } from '../core/ip/address.js';
import { hashText } from '../core/placement/rendezvous.js';

/** Each agent renews its Lease this often, in milliseconds. */
export const agentLeaseRenewMs = 4_000;

/**
 * An agent whose Lease has not changed for this long is not known to live, in milliseconds: one renewal may fail, and be tried again,
 * before that. What is shown of it is corrected within 15 s, so that there is time left for saying it.
 */
export const agentLeaseDurationMs = 10_000;

/** On the Leases of agents, so that a watch brings no others. Every Lease of ours has one by this name: by it admission finds them. */
export const agentLeaseLabels: Readonly<Record<string, string>> = { 'openelb.io/heartbeat': 'agent' };
export const controllerLeaseLabels: Readonly<Record<string, string>> = { 'openelb.io/heartbeat': 'controller' };

export const agentLeaseSelector = selectorOf(agentLeaseLabels);
export const controllerLeaseSelector = selectorOf(controllerLeaseLabels);

/** What the name of an object can have, in characters. */
const longestName = 253;
const prefix = 'agent.';

/** The name of a node's Lease. */
export function agentLeaseName(node: string): string {
  const name = `${prefix}${node}`;
  if (name.length <= longestName) return name;
  const mark = `.${hashText(node).toString(36)}`;
  // What comes before a dot ends in a letter or a digit.
  const start = name.slice(0, longestName - mark.length).replace(/[.-]+$/, (end) => 'x'.repeat(end.length));
  return `${start}${mark}`;
}

/** Annotation on an agent's Lease: its node. `spec.holderIdentity` names it, too, until the agent has ended of its own accord. */
export const agentLeaseNode = 'openelb.io/node';

/** Annotation on an agent's Lease: the version of the agent. */
export const agentLeaseVersion = 'openelb.io/version';

/** Annotation on an agent's Lease: how the kernel schedules its engine, SCHED_RR (in real time), nice or normal. */
export const agentLeaseScheduling = 'openelb.io/scheduling';

/** Annotation on an agent's Lease: of which families connections go on when their addresses move to its node, as in `IPv4,IPv6`; empty: of none. */
export const agentLeaseKeeps = 'openelb.io/keeps-connections';

const familyNames: Readonly<Record<Family, string>> = { 4: 'IPv4', 6: 'IPv6' };

/** The value of that annotation; empty for none. */
export function formatFamilies(families: readonly Family[]): string {
  return families.map((family) => familyNames[family]).join(',');
}

/** @param text what an agent has written */
export function namesFamily(text: string, family: Family): boolean {
  return text.split(',').includes(familyNames[family]);
}

function selectorOf(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}
