/**
 * Watches those whom this node's Backups follow: one watch for each of them, its NIC and patience, whatever number of groups it leads. What it
 * sees is given to the routers of these groups.
 */
import { type Micros, never } from '../../../core/time.js';
import { none } from '../answering/contract.js';
import type { Member } from '../election/member.js';
import type { LivenessEffect } from './effects.js';
import { isWatchable, watchKey } from './watches/demand.js';
import { prune, start } from './watches/lifetime.js';
import { open } from './watches/questions.js';
import { newWatchesState, type WatchesState } from './watches/state.js';
import { give, hear } from './watches/step.js';

export interface Watches {
  /** An advert of the leader that counts was heard for a group. */
  heard(member: Member, source: Uint8Array, now: Micros): void;
  /** Judges a leader anew, once the adverts that waited have been read; by the key of its watch. */
  judge(peer: string): readonly LivenessEffect[];
  work(): readonly LivenessEffect[];
  deadline(): Micros;
}

export function createWatches(o: Parameters<typeof newWatchesState>[0]): Watches {
  const w = newWatchesState(o);
  return {
    heard: (member, source, now) => heard(w, member, source, now),
    judge: (peer) => judge(w, peer),
    work: () => work(w),
    deadline: () => deadline(w),
  };
}

function heard(w: WatchesState, member: Member, source: Uint8Array, now: Micros): void {
  const { binding } = member.phase;
  if (binding?.router.state !== 'Backup' || !isWatchable(member)) return;
  const key = watchKey(member, source);
  const watched = w.all.get(key) ?? start(w, member, source, key, now);
  w.watchOf.set(member, watched);
  watched.members.add(member);
  give(w, watched, { type: 'advert', at: now }, now);
}

function judge(w: WatchesState, peer: string): readonly LivenessEffect[] {
  const watched = w.all.get(peer);
  if (watched === undefined) return none;
  watched.reader?.drain((datagram) => hear(w, watched, datagram));
  const now = w.kernel.now();
  return give(w, watched, { type: 'time', drainedAt: watched.reader?.drainedAt() ?? now }, now);
}

function work(w: WatchesState): readonly LivenessEffect[] {
  let effects: readonly LivenessEffect[] = none;
  for (const watched of w.all.values()) {
    const now = w.kernel.now();
    if (watched.reader === undefined && now >= watched.openAt) open(w, watched, now);
    const isDue = () => watched.watch.deadline <= w.kernel.now();
    if (watched.watch.standing !== 'proven' || isDue()) watched.reader?.work((datagram) => hear(w, watched, datagram));
    if (!isDue()) continue;
    const at = w.kernel.now();
    if (at >= watched.pruneAt) prune(w, watched, at);
    if (watched.members.size === 0) continue;
    const input = { type: 'time', drainedAt: Math.min(at, watched.reader?.drainedAt() ?? at) } as const;
    effects = [...effects, ...give(w, watched, input, at)];
  }
  return effects;
}

function deadline({ all }: WatchesState): Micros {
  let at = never;
  for (const { watch, reader, openAt } of all.values()) {
    at = Math.min(at, watch.deadline, openAt, reader?.deadline() ?? never);
  }
  return at;
}
