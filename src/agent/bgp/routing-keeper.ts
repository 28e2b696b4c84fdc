/**
 * Keeps the thread of routing protocols running while it is wanted. Its end is a line of the log, a count and a new thread after a while; the
 * rest of the agent goes on, as it goes on when the engine ends.
 */
import type { Clock } from '../../platform/kubernetes/clock.js';
import { describeError, type Logger } from '../../platform/observability/log.js';
import type { Farewell, RoutingEvent } from '../engine/routing/contract.js';
import type { RoutingThread } from '../routing-thread.js';
import type { SpeakerCommand } from './speaker-state.js';

/** Until the next thread, in milliseconds: from the first, doubling, to the last; the first again after one that has lasted. */
const backoffMs = { first: 500, last: 60_000 } as const;
const lastedMs = 60_000;

export type StartRouting = (on: {
  readonly event: (event: RoutingEvent) => void;
  readonly end: (reason: Error) => void;
}) => Promise<RoutingThread>;

export type ConnectBfd = (thread: RoutingThread) => () => void;

export interface RoutingKeeper {
  /** Starts the thread, unless it runs. */
  want(): void;
  /** Nothing happens while there is no thread: a new one is told everything. */
  command(command: SpeakerCommand): void;
  /** Resolves when all routers have been left, or there is no thread to leave them, or after `boundMs`. */
  leave(farewell: Farewell, boundMs: number): Promise<'left' | 'late'>;
  /** How often the thread ended though it was wanted. */
  deaths(): number;
  /** Why there is no thread although one is wanted. */
  problem(): string | undefined;
  /** Ends the thread. */
  end(): Promise<void>;
}

/** What it keeps running, and who hears of that. */
interface Parts {
  readonly start: StartRouting;
  /** Gives a thread a way to BFD; the result is called when that thread is no more. */
  readonly connectBfd: ConnectBfd;
  /** Tells a new thread everything. */
  readonly replay: (send: (command: SpeakerCommand) => void) => void;
  readonly event: (event: RoutingEvent) => void;
  /** The thread is gone, and nothing is known of sessions. */
  readonly died: () => void;
  readonly log: Pick<Logger, 'info' | 'error'>;
  readonly clock: Clock;
}

interface KeeperState extends Parts {
  thread: RoutingThread | undefined;
  /** Of the thread that runs, or is about to. */
  startedAt: number | undefined;
  wanted: boolean;
  deaths: number;
  /** Until the next thread after one that dies. */
  delayMs: number;
  problem: string | undefined;
  cancelRestart: () => void;
  /** Called when all routers have been left. */
  readonly leavers: (() => void)[];
  endBfd: () => void;
}

export function createRoutingKeeper(parts: Parts): RoutingKeeper {
  const state: KeeperState = {
    ...parts,
    thread: undefined,
    startedAt: undefined,
    wanted: false,
    deaths: 0,
    delayMs: backoffMs.first,
    problem: undefined,
    cancelRestart() {},
    leavers: [],
    endBfd() {},
  };
  return {
    want() {
      if (state.wanted) return;
      state.wanted = true;
      start(state);
    },
    command: (command) => state.thread?.command(command),
    leave: (farewell, boundMs) => leave(state, farewell, boundMs),
    deaths: () => state.deaths,
    problem: () => state.problem,
    end: () => end(state),
  };
}

function start(state: KeeperState): void {
  state.startedAt = state.clock.now();
  state.start({ event: (event) => hear(state, event), end: (reason) => died(state, reason) }).then(
    (thread) => begun(state, thread),
    // Whoever ends before it has begun says so by `end` as well, unless it never was.
    (error: unknown) => died(state, error),
  );
}

function begun(state: KeeperState, thread: RoutingThread): void {
  if (!state.wanted) {
    void thread.end();
    return;
  }
  state.thread = thread;
  state.problem = undefined;
  state.endBfd = state.connectBfd(thread);
  state.replay(thread.command);
}

function hear({ leavers, event: tell }: KeeperState, event: RoutingEvent): void {
  if (event.type === 'left') for (const left of leavers.splice(0)) left();
  else tell(event);
}

function died(state: KeeperState, reason: unknown): void {
  const { clock, startedAt, leavers, log } = state;
  if (startedAt === undefined) return;
  if (clock.now() - startedAt >= lastedMs) state.delayMs = backoffMs.first;
  state.thread = undefined;
  state.startedAt = undefined;
  state.endBfd();
  state.endBfd = () => {};
  for (const left of leavers.splice(0)) left();
  if (!state.wanted) return;
  state.deaths += 1;
  state.problem = `the thread of routing protocols is gone: ${describeError(reason)}`;
  log.error('the thread of routing protocols is gone: another is started', {
    reason: describeError(reason),
    inMs: state.delayMs,
  });
  state.died();
  state.cancelRestart = clock.after(state.delayMs, () => start(state));
  state.delayMs = Math.min(state.delayMs * 2, backoffMs.last);
}

function leave({ thread, clock, leavers }: KeeperState, farewell: Farewell, boundMs: number): Promise<'left' | 'late'> {
  if (thread === undefined) return Promise.resolve('left');
  return new Promise((resolve) => {
    const cancel = clock.after(boundMs, () => resolve('late'));
    leavers.push(() => {
      cancel();
      resolve('left');
    });
    thread.command({ type: 'leave', ...farewell });
  });
}

async function end(state: KeeperState): Promise<void> {
  const { thread } = state;
  state.wanted = false;
  state.cancelRestart();
  state.leavers.length = 0;
  state.thread = undefined;
  state.startedAt = undefined;
  await thread?.end();
}
