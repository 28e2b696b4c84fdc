/**
 * The agent's main thread: groups come in from a source, this node's part in them goes to the engine, and what the engine says
 * goes to the log, the status, the metrics and whoever asks.
 */
import type { VipGroup } from '../api/vip-group.js';
import type { Family } from '../core/ip/address.js';
import { isUnknown } from '../core/tracking/effective-priority.js';
import type { Scheduling } from '../platform/linux/scheduling.js';
import { describeError } from '../platform/observability/log.js';
import { handingNote, notKept, notKeptShared } from './draining/drained-group.js';
import { createDrainer, type DrainingReport } from './draining/drainer.js';
import { drainingKernel, drainingMemory } from './draining/kernel.js';
import { memoryPath } from './draining/memory.js';
import type { EngineFigures, EngineReport, ReportedMembers } from './engine/messages.js';
import { type EngineThread, startEngineThread } from './engine-thread.js';
import { hear, withNotes, withScheduling } from './groups/hear.js';
import type { AgentSettings, GroupsState } from './groups/state.js';
import { refit, rekey, takeIn } from './groups/take-in.js';
import { createHistory } from './history/memory.js';
import type { Remembered } from './history/remembered.js';
import { newGroupKeys } from './keys/group-keys.js';
import { watchKeys } from './keys/key-directory.js';
import { hungText, type Liveness, observed } from './liveness.js';
import { createMemberLog } from './member-log.js';
import { createNotifier } from './notify/notifier.js';
import { runProgram } from './programs/run-program.js';
import { settingsPath } from './sources/checkpoint.js';
import type { GroupSink } from './sources/group-source.js';
import { createSpareMemory } from './spare-memory.js';
import { createMemberNotes } from './status/member-notes.js';
import { createSightings } from './status/sightings.js';
import { createGroupFindings } from './surroundings/group-findings.js';
import { watchSurroundings } from './surroundings/watch.js';
import { createTracker } from './tracking/tracker.js';

/** How long a release may take: successors speak up within four intervals, and the kernel ends leases after this anyway. */
const releaseBoundMs = { 'in-order': 5_000, 'at-once': 500 } as const;
/** How long hooks may take that are told of the agent's end. */
const lastHooksBoundMs = { 'in-order': 10_000, 'at-once': 500 } as const;
/** How often is looked whether the engine moves. */
const lookAtEngineMs = 1_000;
/** The engine answers within a turn: one that has not after this long hangs. */
const reportBoundMs = 1_500;

export interface Agent {
  /** Takes in the whole set of groups. */
  readonly apply: GroupSink;
  /** Rejects when the engine does not answer. */
  report(members?: ReportedMembers): Promise<EngineReport>;
  figures(): Promise<EngineFigures>;
  /** The groups that it takes part in, as it goes by them. */
  groups(): readonly VipGroup[];
  /** The changes of state that are remembered, the oldest first. */
  history(): readonly Remembered[];
  /** What becomes of connections that began before a move. */
  draining(): DrainingReport;
  /** What is wrong with the engine; undefined while it runs. */
  problem(): string | undefined;
  /** How many turns the engine has taken: it takes one each second at least. */
  turns(): number;
  /** How the kernel schedules the engine; undefined until it has started. */
  scheduling(): Scheduling['policy'] | undefined;
  /** The families of whose addresses connections go on when they move to this node. */
  keepsConnections(): readonly Family[];
  /** A way to BFD for another thread. @param userFd what ends that one's sleep */
  connectBfd: EngineThread['connectBfd'];
  /** Whether groups have been taken in. */
  configured(): boolean;
  /** That there are groups but none names this node, and what to do about it. */
  unnamed(): GroupsState['unnamed'];
  /** Looks at the keys now, instead of soon. */
  reloadKeys(): Promise<void>;
  /**
   * Releases every group, successors first, within a bound. `at-once` waits for no successor, also of a release that is under way, and
   * takes no longer than a moment.
   */
  release(how: 'in-order' | 'at-once'): Promise<void>;
  end(): void;
}

/** The engine's thread, and when it was last seen to move. */
interface WatchedEngine {
  readonly thread: EngineThread;
  liveness: Liveness;
}

/** @param o.onDeath the engine ended by itself: the process must end, so that leases expire and it is started anew */
export async function startAgent(
  o: AgentSettings & {
    /** Where the keys are that adverts are signed with; without it none is. */
    readonly keysDir: string | undefined;
    readonly onDeath: (reason: Error) => void;
  },
): Promise<Agent> {
  const state = newGroupsState(o); // before there are other threads
  if (o.keysDir !== undefined)
    state.keys = await watchKeys({ path: o.keysDir, onChange: () => rekey(state), log: o.log });
  const thread = await startEngineThread(settingsPath(o.stateDir, o.node), {
    event: (event) => o.supervisor.attempt('engine event', () => hear(state, event)),
    end: o.onDeath,
  });
  state.engine = thread;
  const engine: WatchedEngine = { thread, liveness: observed(undefined, thread.turns(), performance.now()) };
  const looking = setInterval(lookAt, lookAtEngineMs, engine).unref();
  const onExit = () => endNow(state, thread);
  process.on('exit', onExit);
  return {
    apply: (groups, files) => takeIn(state, groups, files),
    report: async (members = 'all') => withNotes(state, await inTime(thread.report(members))),
    figures: async () => withScheduling(state, await inTime(thread.figures())),
    groups: () => [...state.applied.values()].map(({ group }) => group),
    history: state.history.all,
    draining: state.draining.report,
    problem() {
      lookAt(engine);
      return hungText(engine.liveness, performance.now());
    },
    turns: thread.turns,
    scheduling: () => state.scheduling?.policy,
    keepsConnections: () => state.draining.kept().map((family) => (family === 'ip' ? 4 : 6)),
    connectBfd: thread.connectBfd,
    configured: () => state.configured,
    unnamed: () => state.unnamed,
    reloadKeys: async () => state.keys?.reload(),
    release: (how) => release(state, thread, how),
    end() {
      clearInterval(looking);
      process.off('exit', onExit);
      end(state, thread);
    },
  };
}

/** Nothing is applied yet, and there is neither an engine nor keys. */
export function newGroupsState(settings: AgentSettings): GroupsState {
  const { stateDir, log, checksDir, status, supervisor, ofShared } = settings;
  const shared: GroupsState['shared'] = new Map();
  const applied: GroupsState['applied'] = new Map();
  const tracker = createTracker({ after }, (name) => refit(state, name));
  const memberNotes = createMemberNotes((noted) => status()?.report(noted));
  const findings = createGroupFindings((group, found) => status()?.findings(group, found));
  const state: GroupsState = {
    ...settings,
    applied,
    shared,
    tracker,
    groupKeys: newGroupKeys(log),
    sightings: createSightings(log, () => performance.now()),
    memberLog: createMemberLog(log),
    memberNotes,
    history: createHistory(),
    findings,
    surroundings: watchSurroundings({
      group: (name) => applied.get(name)?.group,
      found: (group, found) => findings.found('surroundings', group, found),
      log,
      failed: (error) => supervisor.failed('surroundings', error),
    }),
    draining: createDrainer({
      kernel: drainingKernel(),
      timers: { after },
      memory: drainingMemory(memoryPath(stateDir, settings.node), log),
      log,
      failed: (error) => supervisor.failed('connections', error),
      found(group, problem) {
        if (shared.has(group)) ofShared.connectionsNotKept(group, notKeptShared(problem));
        else findings.found('connections', group, notKept(problem));
      },
      handing(group, handing) {
        const note = handingNote(handing, Date.now());
        if (shared.has(group)) ofShared.note(group, note);
        else memberNotes.note(group, note);
      },
    }),
    hooks: createNotifier({
      checksDir,
      timers: { after },
      run: runProgram,
      isUnknown: (group) => isUnknown(tracker.fitness(group)),
      log,
    }),
    spareMemory: createSpareMemory(after),
    keys: undefined,
    engine: undefined,
    scheduling: undefined,
    configured: false,
    unnamed: undefined,
  };
  return state;
}

function lookAt(engine: WatchedEngine): void {
  engine.liveness = observed(engine.liveness, engine.thread.turns(), performance.now());
}

async function release(
  { tracker, draining, hooks, log }: GroupsState,
  engine: EngineThread,
  how: keyof typeof releaseBoundMs,
): Promise<void> {
  tracker.stop();
  const boundMs = releaseBoundMs[how];
  const bound = new Promise<'late'>((resolve) => {
    setTimeout(resolve, boundMs, 'late').unref();
  });
  const outcome = await Promise.race([engine.shutdown(how === 'at-once'), bound]);
  await Promise.race([draining.stop(), bound]); // not before it is known who leads now
  if (outcome === 'late') log.warn('release took too long: the kernel ends the rest', { boundMs });
  await hooks.stop(lastHooksBoundMs[how]);
}

function end(state: GroupsState, engine: EngineThread): void {
  state.spareMemory.stop();
  state.surroundings.stop();
  void state.draining.stop();
  void state.keys?.stop();
  endNow(state, engine);
}

/** What cannot wait: the process may be gone with the next turn of its event loop. */
function endNow({ tracker, hooks }: GroupsState, engine: EngineThread): void {
  engine.endNow();
  tracker.stop();
  hooks.kill();
}

function after(milliseconds: number, callback: () => void): () => void {
  const timer = setTimeout(callback, milliseconds);
  return () => clearTimeout(timer);
}

function inTime<T>(answer: Promise<T>): Promise<T> {
  const late = new Error(`the engine does not answer within ${reportBoundMs} ms`);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(reject, reportBoundMs, late).unref();
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Says what happened to the engine, for the log of a process that is about to end. */
export function deathText(reason: Error): string {
  return `the engine thread is gone: ${describeError(reason)}`;
}
