/**
 * What changed hands, and when: a ring of the latest transitions, from what agents report. One record, with functions beside it; time is
 * an argument.
 */
import type { BgpPeer } from '../../api/bgp-peer.js';
import type { Silence } from '../../api/silent-agents.js';
import type { VipGroup } from '../../api/vip-group.js';
import type { Transition } from './contract.js';
import { instantOf } from './view.js';

export interface Ring {
  /** The oldest first. */
  readonly transitions: Transition[];
  nextId: number;
  /** By router: the nodes with an Established session, as far as was noted. */
  readonly sessions: Map<string, ReadonlyMap<string, number | undefined>>;
}

/** A transition takes some 200 bytes. */
export const mostTransitions = 2_000;

export function newRing(): Ring {
  return { transitions: [], nextId: 1, sessions: new Map() };
}

/** The latest that came after this one. */
export function since({ transitions }: Ring, id: number): readonly Transition[] {
  const first = transitions.findIndex((each) => each.id > id);
  return first === -1 ? [] : transitions.slice(first);
}

export function lastId({ nextId }: Ring): number {
  return nextId - 1;
}

type News = Omit<Transition, 'id'>;

function note(ring: Ring, news: News): void {
  ring.transitions.push({ id: ring.nextId, ...news });
  ring.nextId += 1;
  if (ring.transitions.length > mostTransitions) ring.transitions.shift();
}

/** @param previous what was known of the group; undefined: it is new, or this program is */
export function noteGroup(ring: Ring, group: VipGroup | undefined, previous: VipGroup | undefined, wall: number): void {
  const known = group ?? previous;
  if (known === undefined) return;
  const { name } = known.metadata;
  const [from, to] = [holders(previous), holders(group)];
  if (sameNodes(from, to)) return;
  const reason = group?.status?.reason;
  const isFirst = previous === undefined;
  const at = group === undefined ? wall : (past(changedAt(group, from, to), wall) ?? wall);
  note(ring, { at, of: 'group', name, from, to, ...(reason ? { reason } : {}), ...(isFirst ? { first: true } : {}) });
}

/** @param silence why the node's agent is not heard of; undefined: it is */
export function noteAgent(ring: Ring, node: string, silence: Silence | undefined, wall: number): void {
  const at = silence === undefined || silence.reason === 'NeverHeard' ? wall : (past(silence.sinceMs, wall) ?? wall);
  const change = silence === undefined ? { from: [], to: [node] } : { from: [node], to: [], reason: silence.reason };
  note(ring, { at, of: 'agent', name: node, ...change });
}

/**
 * Of the sessions of a router those that became Established, or no longer are.
 *
 * @param peer undefined: there is none of that name any more
 */
export function notePeer(ring: Ring, name: string, peer: BgpPeer | undefined, wall: number): void {
  const known = ring.sessions.get(name);
  const [before, after] = [known ?? new Map<string, number>(), established(peer)];
  if (peer === undefined) ring.sessions.delete(name);
  else ring.sessions.set(name, after);
  const first = known === undefined ? ({ first: true } as const) : {};
  for (const [node, at] of after) {
    if (before.has(node)) continue;
    note(ring, { at: past(at, wall) ?? wall, of: 'session', name, from: [], to: [node], ...first });
  }
  for (const node of before.keys()) {
    if (after.has(node)) continue;
    const now = peer?.status?.nodes?.find((each) => each.node === node);
    const reason = now?.lastClose?.reason ?? now?.state;
    const at = past(instantOf(now?.since), wall) ?? wall;
    note(ring, { at, of: 'session', name, from: [node], to: [], ...(reason ? { reason } : {}) });
  }
}

function established(peer: BgpPeer | undefined): ReadonlyMap<string, number | undefined> {
  const up = (peer?.status?.nodes ?? []).filter(({ state }) => state === 'Established');
  return new Map(up.map(({ node, since }) => [node, instantOf(since)]));
}

/** By its status alone: what silent agents said of themselves the leader takes back there. */
function holders(group: VipGroup | undefined): readonly string[] {
  const { spec, status } = group ?? {};
  if (spec?.protocol !== 'bgp') return status?.holder === undefined ? [] : [status.holder];
  const told = (status?.members ?? []).filter(({ state }) => state === 'Announcing');
  return told.map(({ node }) => node).sort();
}

function changedAt({ spec, status }: VipGroup, from: readonly string[], to: readonly string[]): number | undefined {
  if (spec.protocol !== 'bgp') return instantOf(status?.since);
  const changed = [...from, ...to].filter((node) => !from.includes(node) || !to.includes(node));
  const instants = (status?.members ?? [])
    .filter(({ node }) => changed.includes(node))
    .flatMap((member) => instantOf(member.since) ?? []);
  return instants.length === 0 ? undefined : Math.max(...instants);
}

/** What a clock says that is ahead of ours is no time at which something was. */
function past(at: number | undefined, wall: number): number | undefined {
  return at === undefined || at > wall ? undefined : at;
}

function sameNodes(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((node, index) => node === b[index]);
}
