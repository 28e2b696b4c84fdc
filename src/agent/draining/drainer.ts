/**
 * Keeps connections over moves: hands segments of connections that this node does not know to who led before. It works on the main thread:
 * what a move needs stands in the table beforehand, so nobody waits for it (decision 32).
 */
import type { History } from '../../core/draining/history.js';
import { type Micros, never } from '../../core/time.js';
import { describeError, type Logger } from '../../platform/observability/log.js';
import type { LeaderSeen } from '../engine/messages.js';
import type { Timers } from '../tracking/running-check.js';
import { connectionsOf, sumOf } from './connections.js';
import type { DrainingKernel, DrainingProblem } from './contract.js';
import { groupProblem, problemOf } from './problems.js';
import { configure, type DrainedGroup, leaderSeen, remember } from './state.js';
import { counts, lastLeaseMs, renew } from './table.js';
import { isAsked, isKept, newTurns, removeFormerTables, type Turns, turn } from './turn.js';

export interface DrainingReport {
  /** Whether some group is to keep connections. */
  readonly asked: boolean;
  /** Whether connections are kept: some group asks for it, nothing is in the way, and the tables are made. */
  readonly kept: boolean;
  /** Why connections are not kept, if some group is to keep them; undefined: they are, or nobody wants it. */
  readonly problem: string | undefined;
  /** Nodes to which segments are handed now, as the addresses of their adverts. */
  readonly to: readonly string[];
  /** Connections of which segments were handed on within the last minute, as far as they are counted. */
  readonly connections: number;
  /** Packets since the start, by what became of them: `direct` and `passed` were handed on, `excess` was dropped, `reset` was answered by a reset. */
  readonly packets: ReadonlyMap<string, number>;
}

export interface Handing {
  /** As the addresses of their adverts; empty: to nobody. */
  readonly to: readonly string[];
  /** Of which something came within the last minute; undefined: they are not counted yet. */
  readonly connections: number | undefined;
}

export interface Drainer {
  /** Exactly these groups take part here from now on. */
  configure(groups: ReadonlyMap<string, DrainedGroup>): void;
  hear(event: LeaderSeen): void;
  report(): DrainingReport;
  /** What stands in the tables goes on for a while, for the agent that comes next. Never rejects. */
  stop(): Promise<void>;
}

/** What a former life of the agent knew. */
export interface DrainingMemory {
  /** With every lead at an end when that life was heard of last. Empty where there is none, or it cannot be used. Never rejects. */
  load(now: Micros): Promise<ReadonlyMap<string, History>>;
  /** Takes it away; whether there was any. Rejects with the system's error. */
  forget(): Promise<boolean>;
  /** Rejects with the system's error. */
  save(histories: ReadonlyMap<string, History>): Promise<void>;
  /** Notes that what was saved holds still. Rejects with the system's error. */
  holds(): Promise<void>;
}

/** How often that is noted: an agent that is killed may have known it for so much longer. */
export const holdsForMs = 60_000;

const retryAfter: Micros = 1_000_000;
/** How soon what is remembered is saved. */
const saveAfterMs = 100;
const cleanAfterMs = 3_000;
/** How soon after a move connections are counted, and how often from then on: each count is written into the status of groups. */
const countAfter: Micros = 3_000_000;
const countEvery: Micros = 10_000_000;

/** @param o.failed something went wrong; it is tried again */
export function createDrainer(o: {
  readonly kernel: DrainingKernel;
  readonly timers: Timers;
  readonly memory: DrainingMemory;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly failed: (error: unknown) => void;
  /** Why the connections of a group are not kept, or that they are, or need not be; whenever that may have changed. */
  readonly found: (group: string, problem: DrainingProblem | undefined) => void;
  /** To whom this node, which leads a group, hands segments of connections from before a move, and of how many; whenever that may have changed. */
  readonly handing: (group: string, handing: Handing) => void;
}): Drainer {
  const turns = newTurns(o.kernel, o.log);
  const begun = o.kernel.now();
  let memory: 'unread' | 'reading' | 'read' = 'unread';
  /** Each ends what is waited for. */
  let cleaning: (() => void) | undefined;
  let working: (() => void) | undefined;
  let saving: (() => void) | undefined;
  let noting: (() => void) | undefined;
  let saved = Promise.resolve();
  let over = false;
  /** Connections that are handed on, by group, as of the last count; and when the next is due. */
  let counted: ReadonlyMap<string, number> = new Map();
  let countAt: Micros = never;
  /** What was said of groups last; undefined: they are others by now. */
  let told: Pick<Turns, 'wanted' | 'hindrance' | 'faults'> | undefined;

  function attempt<T>(act: () => T): T | undefined {
    try {
      return act();
    } catch (error) {
      o.failed(error);
      return undefined;
    }
  }

  function work(): void {
    if (memory === 'reading') return;
    const next = attempt(() => turn(turns)) ?? o.kernel.now() + retryAfter;
    attempt(tell);
    if (next !== never) workIn(next - o.kernel.now());
  }

  /** Not in every turn: there may be many groups, and while a node is asked whether it lives, turns are 25 ms apart. */
  function tell(): void {
    const { wanted, hindrance, faults } = turns;
    const isNew = told?.wanted !== wanted || told?.hindrance !== hindrance || told?.faults !== faults;
    const isCounted = count();
    if (isNew) {
      told = { wanted, hindrance, faults };
      for (const [name, group] of turns.draining.groups)
        o.found(name, group.window > 0 ? groupProblem(turns, name, group) : undefined);
    }
    if (!isNew && !isCounted) return;
    for (const name of isNew ? turns.draining.groups.keys() : (wanted?.handing.keys() ?? [])) {
      const to = [...(wanted?.handing.get(name) ?? [])];
      o.handing(name, { to, connections: to.length > 0 ? counted.get(name) : undefined });
    }
  }

  /** Counts the connections that are handed on, when that is due; whether it has. */
  function count(): boolean {
    const now = o.kernel.now();
    if (turns.wanted === undefined || turns.wanted.handing.size === 0) {
      counted = new Map();
      countAt = never;
      return false;
    }
    if (countAt === never) countAt = now + countAfter;
    if (now < countAt) return false;
    countAt = now + countEvery;
    const counts = connectionsOf(turns, now);
    const { groups } = turns.draining;
    counted = new Map(
      [...turns.wanted.handing.keys()].map((name) => [name, sumOf(counts, groups.get(name)?.addresses ?? [])]),
    );
    return true;
  }

  function workIn(wait: Micros): void {
    working?.();
    if (!over) working = o.timers.after(Math.max(wait / 1_000, 0), work);
  }

  function changed(): void {
    turns.dirty = true;
    workIn(0);
    if (isAsked(turns) && memory === 'read') saving ??= o.timers.after(saveAfterMs, () => void save());
  }

  /** One after the other: they write the same file. */
  function save(): Promise<void> {
    saving = undefined;
    saved = saved.then(saveNow);
    return saved;
  }

  async function saveNow(): Promise<void> {
    try {
      await o.memory.save(turns.draining.histories);
    } catch (error) {
      o.log.warn('who led addresses is not noted: connections do not outlive the next restart of the agent', {
        reason: describeError(error),
      });
    }
  }

  /** Before the first group that keeps connections. Until it is done, tables of a former life stay as they are. */
  async function load(): Promise<void> {
    memory = 'reading';
    const older = await o.memory.load(begun);
    remember(turns.draining, older);
    memory = 'read';
    changed();
    noteThatItHolds();
  }

  function noteThatItHolds(): void {
    if (over) return;
    noting = o.timers.after(holdsForMs, () => {
      if (isAsked(turns)) o.memory.holds().catch(() => {}); // what could not be saved was said then
      noteThatItHolds();
    });
  }

  /** Where no group keeps connections any more: what a former life left. */
  async function clean(): Promise<void> {
    if (over || memory !== 'unread') return;
    try {
      if (await o.memory.forget()) removeFormerTables(turns);
    } catch (error) {
      o.failed(error);
    }
  }

  return {
    configure(groups) {
      configure(turns.draining, groups, o.kernel.now());
      told = undefined;
      if (memory === 'unread' && isAsked(turns)) void load();
      else cleaning ??= o.timers.after(cleanAfterMs, () => void clean()); // the first groups may not be all
      changed();
    },
    hear(event) {
      leaderSeen(turns.draining, event, o.kernel.now());
      changed();
    },
    report() {
      const packets = new Map<string, number>();
      for (const table of turns.tables.values())
        for (const [name, count] of attempt(() => counts(table)) ?? [])
          packets.set(name, (packets.get(name) ?? 0) + count);
      const peers = [...turns.draining.formerLeaders.keys()].map((key) => turns.wanted?.peers.get(key)?.address);
      const to = [...new Set(peers.filter((each) => each !== undefined))];
      return {
        asked: isAsked(turns),
        kept: isKept(turns),
        problem: problemOf(turns)?.message,
        to,
        connections: attempt(() => sumOf(connectionsOf(turns, o.kernel.now()))) ?? 0,
        packets,
      };
    },
    async stop() {
      if (over) return;
      over = true;
      working?.();
      saving?.();
      noting?.();
      cleaning?.();
      if (!isAsked(turns) || memory !== 'read') return;
      attempt(() => turn(turns));
      for (const table of turns.tables.values()) attempt(() => renew(table, lastLeaseMs));
      await save();
    },
  };
}
