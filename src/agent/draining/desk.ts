/**
 * Keeps connections over moves: hands segments of connections that this node does not know to who led before. It works on the main thread:
 * what a move needs stands in the table beforehand, so nobody waits for it (decision 31).
 */
import { type Micros, never } from '../../core/time.js';
import type { Logger } from '../../platform/observability/log.js';
import type { LeaderSeen } from '../engine/messages.js';
import { configure, type DrainedGroup, seated } from './state.js';
import { counts, lastLeaseMs, renew } from './table.js';
import { connectionsOf, type DrainingKernel, newTurns, problemOf, turn } from './turn.js';

export interface DrainingReport {
  /** Why connections are not kept, if some group is to keep them; undefined: they are, or nobody wants it. */
  readonly problem: string | undefined;
  /** Nodes to which segments are handed now, as the addresses of their adverts. */
  readonly to: readonly string[];
  /** Connections of which segments were handed on within the last minute, as far as they are counted. */
  readonly connections: number;
  /** Packets since the start, by what became of them: `direct` and `passed` were handed on, `excess` was dropped. */
  readonly packets: ReadonlyMap<string, number>;
}

export interface DrainingDesk {
  /** Exactly these groups take part here from now on. */
  configure(groups: ReadonlyMap<string, DrainedGroup>): void;
  hear(event: LeaderSeen): void;
  report(): DrainingReport;
  /** What stands in the tables goes on for a while, for the agent that comes next. */
  stop(): void;
}

/** @param o.failed something went wrong; it is tried again */
export function createDrainingDesk(o: {
  readonly kernel: DrainingKernel;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly failed: (error: unknown) => void;
}): DrainingDesk {
  const turns = newTurns(o.kernel, o.log);
  let timer: NodeJS.Timeout | undefined;
  let over = false;

  function work(): void {
    let next: Micros = 1_000_000;
    try {
      next = turn(turns) - o.kernel.now();
    } catch (error) {
      o.failed(error);
    }
    if (next !== never) workIn(next);
  }

  function workIn(wait: Micros): void {
    clearTimeout(timer);
    if (!over) timer = setTimeout(work, Math.max(wait / 1_000, 0)).unref();
  }

  function changed(): void {
    turns.dirty = true;
    workIn(0);
  }

  return {
    configure(groups) {
      configure(turns.draining, groups, o.kernel.now());
      changed();
    },
    hear(event) {
      seated(turns.draining, event, o.kernel.now());
      changed();
    },
    report() {
      const packets = new Map<string, number>();
      for (const table of turns.tables.values())
        for (const [name, count] of counts(table)) packets.set(name, (packets.get(name) ?? 0) + count);
      const peers = [...turns.draining.witnesses.keys()].map((key) => turns.wanted?.peers.get(key)?.address);
      const to = [...new Set(peers.filter((each) => each !== undefined))];
      return { problem: problemOf(turns)?.message, to, connections: connectionsOf(turns), packets };
    },
    stop() {
      over = true;
      clearTimeout(timer);
      for (const table of turns.tables.values()) renew(table, lastLeaseMs);
    },
  };
}
