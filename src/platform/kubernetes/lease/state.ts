import { leases } from '../builtin-resources.js';
import type { ApiClient } from '../client.js';
import { type Clock, type Log, systemClock } from '../clock.js';
import type { Fence } from '../fence.js';
import { isHeldByOther, type Observed } from '../lease-record.js';
import { pathOf } from '../resource.js';

/** Owns: what a candidate knows of the Lease, and its term while it leads. One record, which the functions beside it work on. */

export interface ElectionOptions {
  readonly namespace: string;
  readonly name: string;
  /** What the Lease is labelled with, beside what it has. */
  readonly labels?: Readonly<Record<string, string>>;
  /** And annotated with, beside what it is. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Unique among the candidates. */
  readonly identity: string;
  /**
   * We lead until `signal` aborts: begin nothing from then on. Write only past the fence: it shuts when the lease is lost, or has been
   * given back. If it returns a promise, that settles after the last write of the leader's work: giving the lease back waits for it
   * (at most 5 s), and one that settles earlier ends our leading as a loss does, since a leader that does nothing must not keep others
   * from it.
   */
  onStarted(signal: AbortSignal, fence: Fence): void | Promise<void>;
  /** We led and do so no longer, not by our own wish; the signal has aborted and the election is over. */
  onLost(): void;
  /** How long others respect a lease that is not renewed; default 15 000. */
  readonly leaseDurationMs?: number;
  /** How long we lead without a successful renewal; default 10 000. Less than `leaseDurationMs`. */
  readonly renewDeadlineMs?: number;
  /** Between two tries; default 2000. Less than `renewDeadlineMs`. */
  readonly retryPeriodMs?: number;
  readonly log?: Log;
  readonly clock?: Clock;
}

/** The options, whole. */
type Settings = Required<Omit<ElectionOptions, Optional>> & Pick<ElectionOptions, Optional>;
type Optional = 'labels' | 'annotations' | 'log';

export interface ElectionState extends Settings {
  /** Of connections of its own: renewals must not queue behind the writes of a busy controller. */
  readonly own: ApiClient;
  /** Where Leases are, and where this one is. */
  readonly collection: string;
  readonly path: string;
  /** What each line of the log says. */
  readonly fields: { readonly lease: string; readonly identity: string };
  /** Aborts when the election is over. */
  readonly ending: AbortController;
  /** Settles when it is over and nothing is under way. */
  running: Promise<void>;
  /** The Lease as it was seen last; undefined: there is none, or it was not seen. */
  observed: Observed | undefined;
  /** Of the store that `observed` is from. */
  history: number;
  leading: Term | undefined;
  cancelDeadline: () => void;
  /** Ends the present rest, if there is one. */
  wake: () => void;
}

/** What is under way while we lead. */
export interface Term {
  /** Aborts when the work is to end. */
  readonly work: AbortController;
  /** Aborts when nothing may be written any more. */
  readonly writing: AbortController;
  done: Promise<void>;
  /** From before the request was sent. */
  renewedAtMs: number;
}

/** @throws Error where the times do not fit each other */
export function newElectionState(client: ApiClient, o: ElectionOptions): ElectionState {
  const { leaseDurationMs = 15_000, renewDeadlineMs = 10_000, retryPeriodMs = 2000 } = o;
  if (!(leaseDurationMs > renewDeadlineMs && renewDeadlineMs > retryPeriodMs)) {
    throw new Error(
      `not ${leaseDurationMs} (lease) > ${renewDeadlineMs} (renew deadline) > ${retryPeriodMs} (retry period)`,
    );
  }
  const { namespace, name, identity } = o;
  return {
    ...o,
    leaseDurationMs,
    renewDeadlineMs,
    retryPeriodMs,
    clock: o.clock ?? systemClock,
    own: client.reopen(),
    collection: pathOf(leases, { namespace }),
    path: pathOf(leases, { namespace, name }),
    fields: { lease: `${namespace}/${name}`, identity },
    ending: new AbortController(),
    running: Promise.resolve(),
    observed: undefined,
    history: 0,
    leading: undefined,
    cancelDeadline: () => {},
    wake: () => {},
  };
}

/** Somebody else holds the Lease, and it has not run out. */
export function isTaken({ observed, identity, clock }: ElectionState): boolean {
  return observed !== undefined && isHeldByOther(observed, identity, clock.now());
}

/** The election is over. */
export function end(state: ElectionState): void {
  state.cancelDeadline();
  state.ending.abort();
  state.wake();
}
