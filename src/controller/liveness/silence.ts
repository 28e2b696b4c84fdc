/**
 * Which agents are silent: what is known of each agent's Lease, and from when on it counts no more. Pure: time is an argument.
 *
 * A Lease counts from when it was seen to change, on this program's own monotonic clock, so that the clocks of two machines need not
 * agree. An agent that was never heard of counts as silent as soon as there was time enough to hear of it.
 */
import { agentLeaseDurationMs, agentLeaseNode } from '../../api/agent-lease.js';
import type { Metadata } from '../../api/metadata.js';
import type { Silence } from '../../api/silent-agents.js';
import type { Lease } from '../../platform/kubernetes/lease-record.js';
import { isOlderVersion } from '../../platform/kubernetes/object-store.js';

interface Beat {
  readonly version: string;
  readonly ended: boolean;
  /** When it was written, by the agent's clock, in milliseconds since 1970; undefined when that cannot be read. */
  readonly renewedMs: number | undefined;
  /** When the agent began, by its own clock, in milliseconds since 1970; undefined when that cannot be read. */
  readonly beganMs: number | undefined;
  /** When this version of its Lease was first seen. */
  readonly heardAt: number;
}

/** Times are monotonic milliseconds. */
export interface Hearing {
  /** By node. */
  readonly beats: Map<string, Beat>;
  /** Nodes whose silence was made sure of. */
  readonly silent: Set<string>;
  /** Since when every renewal would have been heard; undefined: it is not known what is not heard. */
  since: number | undefined;
}

export function newHearing(): Hearing {
  return { beats: new Map(), silent: new Set(), since: undefined };
}

/** The node whose agent a Lease is of. */
export function nodeOf(lease: Lease): string | undefined {
  const { annotations } = lease.metadata as Metadata;
  return annotations?.[agentLeaseNode] || lease.spec?.holderIdentity || undefined;
}

/** @returns the node, if it is heard of again */
export function hear(hearing: Hearing, lease: Lease, now: number): string | undefined {
  const node = nodeOf(lease);
  if (node === undefined) return undefined;
  const version = lease.metadata.resourceVersion ?? '';
  const known = hearing.beats.get(node);
  if (known !== undefined && (known.version === version || isOlderVersion(version, known.version))) return undefined;
  const ended = !lease.spec?.holderIdentity;
  const [renewedMs, beganMs] = [lease.spec?.renewTime, lease.spec?.acquireTime].map(instantOf);
  hearing.beats.set(node, { version, ended, renewedMs, beganMs, heardAt: now });
  if (ended) return undefined;
  return hearing.silent.delete(node) ? node : undefined;
}

/** A node's agent has answered, or somebody has heard it lately. @returns the node, if it is heard of again */
export function answered(hearing: Hearing, node: string, now: number): string | undefined {
  const beat = hearing.beats.get(node);
  if (beat === undefined || beat.ended) return undefined;
  // Its last word is not what it wrote.
  hearing.beats.set(node, { ...beat, renewedMs: undefined, heardAt: now });
  return hearing.silent.delete(node) ? node : undefined;
}

function instantOf(text: string | undefined): number | undefined {
  const instant = Date.parse(text ?? '');
  // Years before 0 have another form than others.
  return instant >= 0 ? instant : undefined;
}

/** The newest version of a Lease that was heard; undefined: none was. */
export function newestHeard({ beats }: Hearing): string | undefined {
  let newest: string | undefined;
  for (const { version } of beats.values()) if (!newest || isOlderVersion(newest, version)) newest = version;
  return newest;
}

/** The store has gone back in time: the versions that were seen are no newer than those that will be. */
export function forgetVersions(hearing: Hearing): void {
  for (const [node, beat] of hearing.beats) hearing.beats.set(node, { ...beat, version: '' });
}

/** Its Lease is gone: as if it had said that it ends. */
export function deleted(hearing: Hearing, node: string, now: number): void {
  const beat = hearing.beats.get(node);
  if (beat !== undefined && !beat.ended) hearing.beats.set(node, { ...beat, ended: true, heardAt: now });
}

/** Forgets the silent ones that are not among `nodes`: nobody asks about them any more. */
export function forgetOthers(hearing: Hearing, nodes: ReadonlySet<string>): void {
  for (const node of [...hearing.silent]) if (!nodes.has(node)) forget(hearing, node);
}

/** As if nothing had ever been heard of a node. */
export function forget(hearing: Hearing, node: string): void {
  hearing.silent.delete(node);
  hearing.beats.delete(node);
}

/** Nothing that was not heard means anything before `now`: listening begins, or was interrupted until now. */
export function listenFrom(hearing: Hearing, now: number): void {
  hearing.since = now;
}

/** When an agent that is not heard of meanwhile counts as silent; undefined while that is not known. */
function silentAt(hearing: Hearing, node: string): number | undefined {
  if (hearing.since === undefined) return undefined;
  const beat = hearing.beats.get(node);
  if (beat?.ended) return beat.heardAt;
  return Math.max(beat?.heardAt ?? hearing.since, hearing.since) + agentLeaseDurationMs;
}

/** Those of `nodes` that count as silent at `now`, without its having been made sure of yet. */
export function overdue(hearing: Hearing, nodes: Iterable<string>, now: number): readonly string[] {
  return [...nodes].filter(
    (node) => !hearing.silent.has(node) && (silentAt(hearing, node) ?? Number.POSITIVE_INFINITY) <= now,
  );
}

/** When the next of `nodes` may count as silent; undefined when none may. */
export function nextOverdue(hearing: Hearing, nodes: Iterable<string>): number | undefined {
  const times = [...nodes].filter((node) => !hearing.silent.has(node)).flatMap((node) => silentAt(hearing, node) ?? []);
  return times.length === 0 ? undefined : times.reduce((a, b) => Math.min(a, b));
}

/**
 * Why nothing is known of an agent; undefined while it is heard of, or not known to be silent.
 *
 * @param clock the present instant on both clocks, in milliseconds
 */
export function silenceOf(
  hearing: Hearing,
  node: string,
  clock: { readonly now: number; readonly wall: number },
): Silence | undefined {
  if (!hearing.silent.has(node)) return undefined;
  const beat = hearing.beats.get(node);
  const at = beat?.heardAt ?? hearing.since ?? clock.now;
  return {
    reason: beat === undefined ? 'NeverHeard' : beat.ended ? 'Ended' : 'NoHeartbeat',
    // The agent's own word stays the same whoever reads it, and when; not so if it is in the future.
    sinceMs: Math.min(beat?.renewedMs ?? Number.POSITIVE_INFINITY, clock.wall - (clock.now - at)),
  };
}
