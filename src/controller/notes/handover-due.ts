/**
 * Groups that another node than the preferred one leads, and when they are to be handed over without anybody's asking: where the Eip says so,
 * and after a cold start, whose first agent takes over everything because it is the first.
 */
import { parseDuration } from '../../api/duration.js';
import type { Eip } from '../../api/eip.js';
import type { VipGroup } from '../../api/vip-group.js';
import { defaultDrainConnections } from '../../api/vrrp-rules.js';
import type { Family } from '../../core/ip/address.js';
import type { Standing } from '../../core/placement/rebalance.js';
import type { Agents } from '../liveness/agents.js';
import { electionMs } from '../standing/standing.js';

/** What is remembered from one look to the next. Times are monotonic milliseconds. */
export interface Patience {
  /** By group: since when a node is fit to lead it, and what it has said of itself since then. */
  readonly fit: Map<string, { readonly node: string; readonly said: string; readonly since: number }>;
  /** By Eip: how its groups are, and since when. */
  readonly still: Map<string, { readonly state: string; readonly since: number }>;
  /** By group: a node that did not take over, what it said of itself when it was to, and when that came to nothing. */
  readonly refused: Map<string, { readonly node: string; readonly said: string; readonly at: number }>;
}

export interface Due {
  /** Groups that are to be handed over now. */
  readonly groups: readonly string[];
  /** When the next may be, monotonic; undefined when none is waited for. */
  readonly nextAt: number | undefined;
}

/** A preferred leader that came so much later than who leads in its place is one of the same start, in milliseconds. */
const startMs = 60_000;
/** How long a node that did not take over is not asked again while it says the same of itself, in milliseconds. */
const refusedMs = 600_000;
const defaultDelayMs = 60_000;

export function newPatience(): Patience {
  return { fit: new Map(), still: new Map(), refused: new Map() };
}

/** Whether the status of a group decides if it is to be handed over. */
export function isLedByAnother({ spec, status }: VipGroup): boolean {
  const [first] = [...spec.members].sort((a, b) => b.priority - a.priority);
  return (
    status?.holder !== undefined && spec.addresses.length > 0 && first !== undefined && first.node !== status.holder
  );
}

/** How soon to look again for a word of an agent that is about to renew its Lease, in milliseconds. */
const hearingMs = 500;

/**
 * @param present the Eip's groups, and how each stands
 * @param o.agents when a node's agent was heard of last, and whether it keeps connections. What a member says may be the last word of an agent
 *   that has just died, so after a cold start it counts only once its agent was heard of after the leadership that it would end
 * @param o.now both times monotonic, in milliseconds
 */
export function dueMoves(
  patience: Patience,
  eip: Eip,
  present: readonly { readonly object: VipGroup; readonly standing: Standing }[],
  { now, agents }: { readonly now: number; readonly agents: Pick<Agents, 'heardAt' | 'keepsConnections'> },
): Due {
  const { rebalance: chosen, rebalanceDelay, preempt } = eip.spec.vrrp ?? {};
  const delayMs = (parseDuration(rebalanceDelay ?? '') ?? defaultDelayMs * 1000) / 1000;
  const stillSince = observe(patience, eip, present, now);
  const groups: string[] = [];
  const times: number[] = [];
  for (const { object, standing } of preempt === true ? [] : present) {
    const { group, unfit } = standing;
    const [first] = standing.members;
    if (!isLedByAnother(object) || first === undefined || unfit.has(first)) {
      patience.fit.delete(group);
      continue;
    }
    const said = wordOf(object, first);
    const before = patience.fit.get(group);
    if (before?.node !== first || before.said !== said) patience.fit.set(group, { node: first, said, since: now });
    const refused = patience.refused.get(group);
    const waits = refused?.node === first && refused.said === said ? refused.at + refusedMs : now;
    const { since } = patience.fit.get(group)!;
    const rebalance = chosen ?? rebalanceUnset(eip, object, (family) => agents.keepsConnections(first, family));
    const policy = rebalance === 'auto' ? since : rebalance === 'whenIdle' ? Math.max(since, stillSince) : undefined;
    const cold = (agents.heardAt(first) ?? Number.NEGATIVE_INFINITY) > since ? now : now + hearingMs;
    const at = isColdStart(object, first) ? cold : policy === undefined ? undefined : policy + delayMs;
    if (at === undefined) continue;
    if (Math.max(at, waits) <= now) groups.push(group);
    else times.push(Math.max(at, waits));
  }
  return { groups, nextAt: times.length === 0 ? undefined : Math.min(...times) };
}

/** Where connections go on over a move, nothing speaks against it. */
function rebalanceUnset({ spec }: Eip, group: VipGroup, keeps: (family: Family) => boolean): 'auto' | 'never' {
  const window = parseDuration(spec.vrrp?.drainConnections ?? defaultDrainConnections) ?? 0;
  return window > 0 && keeps(group.spec.ipFamily === 'IPv6' ? 6 : 4) ? 'auto' : 'never';
}

/**
 * The holder found nobody that led, and the preferred leader started at about the same time, or later: what a member said of itself well
 * before is the word of an earlier life. Both clocks are those of the agents.
 */
function isColdStart(object: VipGroup, preferred: string): boolean {
  const { status } = object;
  const member = status?.members?.find(({ node }) => node === preferred);
  const [led, came] = [Date.parse(status?.since ?? ''), Date.parse(member?.since ?? '')];
  return status?.reason === 'unopposed' && came <= led + startMs && came >= led - electionMs(object);
}

/** What a node says of its part in a group. */
function wordOf({ status }: VipGroup, node: string): string {
  const member = status?.members?.find((each) => each.node === node);
  return JSON.stringify([member?.state, member?.since]);
}

/** Since when the groups of an Eip are as they are. */
function observe(
  { still }: Patience,
  { metadata: { name } }: Eip,
  present: Parameters<typeof dueMoves>[2],
  now: number,
): number {
  const state = JSON.stringify(
    present.map(({ object: { metadata, spec, status } }) => [
      metadata.name,
      spec.addresses,
      spec.members.map(({ node, priority, lastResort }) => [node, priority, lastResort]),
      status?.holder,
    ]),
  );
  const before = still.get(name);
  if (before?.state === state) return before.since;
  still.set(name, { state, since: now });
  return now;
}

/** Moves that came to nothing are not tried again at once. */
export function noteRefusals(
  { fit, refused }: Patience,
  present: readonly { readonly object: VipGroup; readonly standing: Standing }[],
  skipped: Readonly<Record<string, string>>,
  now: number,
): void {
  for (const { object, standing } of present) {
    const [first] = standing.members;
    if (skipped[standing.group] === undefined || first === undefined) continue;
    // What it says by now may be the word of its next life, which nobody has asked yet.
    const asked = fit.get(standing.group);
    const said = asked?.node === first ? asked.said : wordOf(object, first);
    refused.set(standing.group, { node: first, said, at: now });
  }
}

/** The Eip is gone. */
export function forgetEip(patience: Patience, eip: string): void {
  forgetOthers(patience, eip, []);
  patience.still.delete(eip);
}

/** Of its groups there are only these. */
export function forgetOthers({ fit, refused }: Patience, eip: string, present: readonly VipGroup[]): void {
  const names = new Set(present.map(({ metadata }) => metadata.name));
  const isGone = (group: string) => group.slice(0, group.lastIndexOf('-')) === eip && !names.has(group);
  for (const map of [fit, refused]) for (const group of [...map.keys()]) if (isGone(group)) map.delete(group);
}
