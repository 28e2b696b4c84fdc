/** How long ago each node's agent was heard of, by its Lease: pure. */
import { agentLeaseDurationMs, agentLeaseNode } from '../api/agent-lease.js';
import { nodesHeard } from '../api/heard-lease.js';
import type { Metadata } from '../api/metadata.js';
import type { Silence } from '../api/silent-agents.js';
import type { Lease } from '../platform/kubernetes/lease-record.js';

export interface Heard {
  /** Of its last word, by the agent's clock; in milliseconds since 1970. */
  readonly atMs: number;
  readonly version: string;
  /** The word of the controller of whom it hears, if there is one. */
  readonly word?: { readonly version: string; readonly names: boolean } | undefined;
  /** The agent has ended of its own accord. */
  readonly ended: boolean;
}

/** By node. */
export function heardOf(leases: Iterable<Lease>): ReadonlyMap<string, Heard> {
  const heard = new Map<string, Heard>();
  const all = [...leases];
  for (const { metadata, spec } of all) {
    const node = (metadata as Metadata).annotations?.[agentLeaseNode];
    const atMs = Date.parse(spec?.renewTime ?? '');
    if (node === undefined || Number.isNaN(atMs)) continue;
    heard.set(node, { atMs, version: metadata.resourceVersion ?? '', ended: !spec?.holderIdentity });
  }
  for (const lease of all) takeWord(heard, lease);
  return heard;
}

/** What the leading controller says of those that have answered it: they write less often. */
function takeWord(heard: Map<string, Heard>, lease: Lease): void {
  const atMs = Date.parse(lease.spec?.renewTime ?? '');
  const named = nodesHeard(lease);
  if (named === undefined || Number.isNaN(atMs)) return;
  const [version, nodes] = [lease.metadata.resourceVersion ?? '', new Set(named)];
  for (const [node, own] of heard) {
    const names = nodes.has(node) && !own.ended;
    heard.set(node, { ...own, word: { version, names }, ...(names && { atMs: Math.max(own.atMs, atMs) }) });
  }
}

/** When one of them was renewed last, by its own clock, in milliseconds since 1970; undefined: none ever was. */
export function lastHeard(leases: Iterable<Lease>): number | undefined {
  const times = [...leases].map(({ spec }) => Date.parse(spec?.renewTime ?? '')).filter((ms) => !Number.isNaN(ms));
  return times.length === 0 ? undefined : Math.max(...times);
}

/** Whether a word is so old, or of so late a time, that a second look has to show whether the agent lives. */
export function isDoubtful({ atMs, ended }: Heard, nowMs: number): boolean {
  return !ended && Math.abs(nowMs - atMs) > agentLeaseDurationMs;
}

/**
 * Whether an agent has said something between two looks, or just before the first of them: by itself or to the controller. That says of
 * whom it hears more often than one looks, so one that either word names has answered lately, as long as there is a new word.
 */
export function isHeardLately(before: Heard, after: Heard): boolean {
  if (before.version !== after.version) return true;
  const isNew = after.word !== undefined && after.word.version !== before.word?.version;
  return isNew && (after.word.names || before.word?.names === true);
}

/**
 * Why nothing is known of a node's agent; undefined while it is heard of. Two looks, further apart than two renewals, make this
 * independent of whether the clocks agree.
 */
export function silenceIn(
  first: ReadonlyMap<string, Heard>,
  second: ReadonlyMap<string, Heard>,
  nowMs: number,
): (node: string) => Silence | undefined {
  return (node) => {
    const [before, heard] = [first.get(node), second.get(node)];
    if (heard === undefined) return { reason: 'NeverHeard', sinceMs: nowMs };
    if (heard.ended) return { reason: 'Ended', sinceMs: heard.atMs };
    if (before !== undefined && isHeardLately(before, heard)) return undefined;
    return isDoubtful(heard, nowMs) ? { reason: 'NoHeartbeat', sinceMs: Math.min(heard.atMs, nowMs) } : undefined;
  };
}
