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

/**
 * @param o.replay tells a new thread everything
 * @param o.died the thread is gone, and nothing is known of sessions
 */
export function createRoutingKeeper(o: {
  readonly start: StartRouting;
  /** Gives a thread a way to BFD; the result is called when that thread is no more. */
  readonly connectBfd: ConnectBfd;
  readonly replay: (send: (command: SpeakerCommand) => void) => void;
  readonly event: (event: RoutingEvent) => void;
  readonly died: () => void;
  readonly log: Pick<Logger, 'info' | 'error'>;
  readonly clock: Clock;
}): RoutingKeeper {
  const { clock } = o;
  let thread: RoutingThread | undefined;
  let startedAt: number | undefined;
  let wanted = false;
  let deaths = 0;
  let delayMs: number = backoffMs.first;
  let problem: string | undefined;
  let cancelRestart: (() => void) | undefined;
  let leavers: (() => void)[] = [];
  let endBfd: (() => void) | undefined;

  function start(): void {
    cancelRestart = undefined;
    startedAt = clock.now();
    o.start({ event: hear, end: died }).then(
      (started) => {
        if (!wanted) {
          void started.end();
          return;
        }
        thread = started;
        problem = undefined;
        endBfd = o.connectBfd(started);
        o.replay(started.command);
      },
      // Whoever ends before it has begun says so by `end` as well, unless it never was.
      (error: unknown) => {
        if (startedAt !== undefined) died(error);
      },
    );
  }

  function hear(event: RoutingEvent): void {
    if (event.type === 'left') for (const left of leavers.splice(0)) left();
    else o.event(event);
  }

  function died(reason: unknown): void {
    if (startedAt === undefined) return;
    if (clock.now() - startedAt >= lastedMs) delayMs = backoffMs.first;
    thread = undefined;
    startedAt = undefined;
    endBfd?.();
    endBfd = undefined;
    for (const left of leavers.splice(0)) left();
    if (!wanted) return;
    deaths += 1;
    problem = `the thread of routing protocols is gone: ${describeError(reason)}`;
    o.log.error('the thread of routing protocols is gone: another is started', {
      reason: describeError(reason),
      inMs: delayMs,
    });
    o.died();
    cancelRestart = clock.after(delayMs, start);
    delayMs = Math.min(delayMs * 2, backoffMs.last);
  }

  return {
    want() {
      if (wanted) return;
      wanted = true;
      start();
    },
    command: (command) => thread?.command(command),
    leave(farewell, boundMs) {
      const running = thread;
      if (running === undefined) return Promise.resolve('left');
      return new Promise((resolve) => {
        const cancel = clock.after(boundMs, () => resolve('late'));
        leavers.push(() => {
          cancel();
          resolve('left');
        });
        running.command({ type: 'leave', ...farewell });
      });
    },
    deaths: () => deaths,
    problem: () => problem,
    async end() {
      wanted = false;
      cancelRestart?.();
      leavers = [];
      const running = thread;
      thread = undefined;
      startedAt = undefined;
      await running?.end();
    },
  };
}
