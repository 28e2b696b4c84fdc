/**
 * The signals of an agent: those of keepalived, with the same meaning, and those that stop it. None ends it by itself.
 *
 * The first that stops begins the hand-over; supervisors and terminals often send it twice within a moment, which means no more. One
 * that comes later wants the end at once.
 */
import type { Supervisor } from './supervisor.js';

const stopSignals = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const;
/** Within this long a further signal is taken for the same one. */
const sameForMs = 500;

export interface Signals {
  /** Resolve when the agent is to stop, and to stop at once. */
  readonly stop: Promise<NodeJS.Signals>;
  readonly stopAtOnce: Promise<NodeJS.Signals>;
  close(): void;
}

export interface SignalActions {
  /** SIGHUP: what the agent goes by is read again. */
  reload(signal: NodeJS.Signals): void | Promise<void>;
  /** SIGUSR1: what it holds goes to the log. Node would open a debugger. */
  tellState(): void | Promise<void>;
  /** SIGUSR2: what it has counted goes to the log. */
  tellCounters(): void | Promise<void>;
}

/** @param nowMs a monotonic clock, in milliseconds */
export function handleSignals(
  actions: SignalActions,
  supervisor: Pick<Supervisor, 'failed'>,
  nowMs: () => number = () => performance.now(),
): Signals {
  const stop = deferred<NodeJS.Signals>();
  const stopAtOnce = deferred<NodeJS.Signals>();
  let firstAt: number | undefined;
  const onStop = (signal: NodeJS.Signals) => {
    if (firstAt === undefined) {
      firstAt = nowMs();
      stop.resolve(signal);
    } else if (nowMs() - firstAt >= sameForMs) stopAtOnce.resolve(signal);
  };
  const guarded = (act: (signal: NodeJS.Signals) => void | Promise<void>) => (signal: NodeJS.Signals) => {
    Promise.resolve(signal)
      .then(act)
      .catch((error: unknown) => supervisor.failed('signal', error));
  };
  const listeners: readonly (readonly [NodeJS.Signals, (signal: NodeJS.Signals) => void])[] = [
    ...stopSignals.map((signal) => [signal, onStop] as const),
    ['SIGHUP', guarded(actions.reload)],
    ['SIGUSR1', guarded(actions.tellState)],
    ['SIGUSR2', guarded(actions.tellCounters)],
  ];
  for (const [signal, listener] of listeners) process.on(signal, listener);
  return {
    stop: stop.promise,
    stopAtOnce: stopAtOnce.promise,
    close() {
      for (const [signal, listener] of listeners) process.off(signal, listener);
    },
  };
}

function deferred<T>(): { readonly promise: Promise<T>; resolve(value: T): void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((take) => {
    resolve = take;
  });
  return { promise, resolve };
}
