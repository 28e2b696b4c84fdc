/**
 * Keeps connections over moves: hands segments of connections that this node does not know to who led before. It works on the main thread:
 * what a move needs stands in the table beforehand, so nobody waits for it (decision 32).
 */
import type { History } from '../../core/draining/history.js';
import { type Micros, never } from '../../core/time.js';
import { describeError, type Logger } from '../../platform/observability/log.js';
import type { LeaderSeen } from '../engine/messages.js';
import type { DrainingKernel, DrainingProblem } from './contract.js';
import { configure, type DrainedGroup, seated } from './state.js';
import { counts, lastLeaseMs, renew } from './table.js';
import { connectionsOf, isAsked, newTurns, problemOf, turn } from './turn.js';

export interface DrainingReport {
  /** Whether some group is to keep connections. */
  readonly asked: boolean;
  /** Why connections are not kept, if some group is to keep them; undefined: they are, or nobody wants it. */
  readonly problem: string | undefined;
  /** Nodes to which segments are handed now, as the addresses of their adverts. */
  readonly to: readonly string[];
  /** Connections of which segments were handed on within the last minute, as far as they are counted. */
  readonly connections: number;
  /** Packets since the start, by what became of them: `direct` and `passed` were handed on, `excess` was dropped, `reset` was answered by a reset. */
  readonly packets: ReadonlyMap<string, number>;
}

export interface DrainingDesk {
  /** Exactly these groups take part here from now on. */
  configure(groups: ReadonlyMap<string, DrainedGroup>): void;
  hear(event: LeaderSeen): void;
  report(): DrainingReport;
  /** What stands in the tables goes on for a while, for the agent that comes next. Never rejects. */
  stop(): Promise<void>;
}

/** What a former life of the agent knew. */
export interface DrainingMemory {
  /** Empty where there is none, or it cannot be used. */
  load(now: Micros): ReadonlyMap<string, History>;
  /** Rejects with the system's error. */
  save(histories: ReadonlyMap<string, History>): Promise<void>;
}

const retryAfter: Micros = 1_000_000;
/** How soon what is remembered is saved. */
const saveAfterMs = 100;

/** @param o.failed something went wrong; it is tried again */
export function createDrainingDesk(o: {
  readonly kernel: DrainingKernel;
  readonly memory: DrainingMemory;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly failed: (error: unknown) => void;
  /** Why the connections of a group are not kept, or that they are, or need not be; whenever that may have changed. */
  readonly found: (group: string, problem: DrainingProblem | undefined) => void;
  /** To whom this node, which leads a group, hands segments of connections from before a move; nobody; whenever that may have changed. */
  readonly handing: (group: string, to: readonly string[]) => void;
}): DrainingDesk {
  const turns = newTurns(o.kernel, o.log);
  const begun = o.kernel.now();
  let loaded = false;
  let timer: NodeJS.Timeout | undefined;
  let saving: NodeJS.Timeout | undefined;
  let saved = Promise.resolve();
  let over = false;
  /** What was said of groups last; undefined: they are others by now. */
  let told: (Pick<typeof turns, 'wanted'> & { readonly problem: DrainingProblem | undefined }) | undefined;

  function attempt<T>(act: () => T): T | undefined {
    try {
      return act();
    } catch (error) {
      o.failed(error);
      return undefined;
    }
  }

  function work(): void {
    const next = attempt(() => turn(turns)) ?? o.kernel.now() + retryAfter;
    attempt(tell);
    if (next !== never) workIn(next - o.kernel.now());
  }

  /** Not in every turn: there may be many groups, and while a node is asked whether it lives, turns are 50 ms apart. */
  function tell(): void {
    const problem = problemOf(turns);
    if (told !== undefined && told.problem === problem && told.wanted === turns.wanted) return;
    told = { problem, wanted: turns.wanted };
    for (const [name, group] of turns.draining.groups) {
      o.found(name, group.window > 0 ? problemOf(turns, group) : undefined);
      o.handing(name, [...(turns.wanted?.handing.get(name) ?? [])]);
    }
  }

  function workIn(wait: Micros): void {
    clearTimeout(timer);
    if (!over) timer = setTimeout(work, Math.max(wait / 1_000, 0)).unref();
  }

  function changed(): void {
    turns.dirty = true;
    workIn(0);
    if (isAsked(turns)) saving ??= setTimeout(() => void save(), saveAfterMs).unref();
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

  /** Before the first group that keeps connections; where there is none, no file is touched. */
  function load(): void {
    loaded = true;
    for (const [address, history] of o.memory.load(begun)) turns.draining.histories.set(address, history);
  }

  return {
    configure(groups) {
      if (!loaded && [...groups.values()].some(({ window }) => window > 0)) load();
      configure(turns.draining, groups, o.kernel.now());
      told = undefined;
      changed();
    },
    hear(event) {
      seated(turns.draining, event, o.kernel.now());
      changed();
    },
    report() {
      const packets = new Map<string, number>();
      for (const table of turns.tables.values())
        for (const [name, count] of attempt(() => counts(table)) ?? [])
          packets.set(name, (packets.get(name) ?? 0) + count);
      const peers = [...turns.draining.witnesses.keys()].map((key) => turns.wanted?.peers.get(key)?.address);
      const to = [...new Set(peers.filter((each) => each !== undefined))];
      return {
        asked: isAsked(turns),
        problem: problemOf(turns)?.message,
        to,
        connections: attempt(() => connectionsOf(turns)) ?? 0,
        packets,
      };
    },
    async stop() {
      if (over) return;
      over = true;
      clearTimeout(timer);
      clearTimeout(saving);
      if (!isAsked(turns)) return;
      attempt(() => turn(turns));
      for (const table of turns.tables.values()) attempt(() => renew(table, lastLeaseMs));
      await save();
    },
  };
}
