/**
 * Keeps connections over moves: hands segments of connections that this node does not know to who led before. It works on the main thread:
 * what a move needs stands in the table beforehand, so nobody waits for it (decision 32).
 */
import type { TableFamily } from '../../platform/linux/nftables/message.js';
import type { LeaderSeen, LeaderSilent } from '../engine/messages.js';
import { connectionsOf, sumOf } from './connections.js';
import { lookBack } from './drainer/former-life.js';
import { holdsForMs, save } from './drainer/save.js';
import {
  attempt,
  type DrainerOptions,
  type DrainerState,
  type DrainingMemory,
  type Handing,
  newDrainerState,
} from './drainer/state.js';
import { changed, workIn } from './drainer/work.js';
import { doubt } from './probing.js';
import { problemOf } from './problems.js';
import { configure, type DrainedGroup, leaderSeen } from './state.js';
import { counts, lastLeaseMs, renew } from './table.js';
import { isAsked, isKept, keptFamilies, turn } from './turn.js';

export type { DrainingMemory, Handing };
export { holdsForMs };

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

export interface Drainer {
  /** Exactly these groups take part here from now on. */
  configure(groups: ReadonlyMap<string, DrainedGroup>): void;
  hear(event: LeaderSeen | LeaderSilent): void;
  report(): DrainingReport;
  /** The families of whose addresses connections go on when they move to this node. */
  kept(): readonly TableFamily[];
  /** What stands in the tables goes on for a while, for the agent that comes next. Never rejects. */
  stop(): Promise<void>;
}

export function createDrainer(o: DrainerOptions): Drainer {
  const state = newDrainerState(o);
  const { turns, kernel } = state;
  return {
    configure(groups) {
      configure(turns.draining, groups, kernel.now());
      state.told = undefined;
      lookBack(state);
      changed(state);
    },
    hear(event) {
      if (event.type === 'leader') {
        leaderSeen(turns.draining, event, kernel.now());
        changed(state);
      } else if (doubt(turns, { nic: event.nic, address: event.leader })) {
        workIn(state, 0);
      }
    },
    report: () => reportOf(state),
    kept: () => keptFamilies(turns),
    stop: () => stop(state),
  };
}

function reportOf(state: DrainerState): DrainingReport {
  const { turns, kernel } = state;
  const packets = new Map<string, number>();
  for (const table of turns.tables.values())
    for (const [name, count] of attempt(state, () => counts(table)) ?? [])
      packets.set(name, (packets.get(name) ?? 0) + count);
  const peers = [...turns.draining.formerLeaders.keys()].map((key) => turns.wanted?.peers.get(key)?.address);
  const to = [...new Set(peers.filter((each) => each !== undefined))];
  return {
    asked: isAsked(turns),
    kept: isKept(turns),
    problem: problemOf(turns)?.message,
    to,
    connections: attempt(state, () => sumOf(connectionsOf(turns, kernel.now()))) ?? 0,
    packets,
  };
}

async function stop(state: DrainerState): Promise<void> {
  const { turns } = state;
  if (state.over) return;
  state.over = true;
  state.working?.();
  state.saving?.();
  state.noting?.();
  state.cleaning?.();
  if (!isAsked(turns) || state.formerLife !== 'read') return;
  attempt(state, () => turn(turns));
  for (const table of turns.tables.values()) attempt(state, () => renew(table, lastLeaseMs));
  await save(state);
}
