/** What the drainer knows and waits for: one record, which the functions beside it work on. */
import type { History } from '../../../core/draining/history.js';
import { type Micros, never } from '../../../core/time.js';
import type { Logger } from '../../../platform/observability/log.js';
import type { Timers } from '../../tracking/running-check.js';
import type { DrainingKernel, DrainingProblem } from '../contract.js';
import { newTurns, type Turns } from '../turn.js';

export interface Handing {
  /** As the addresses of their adverts; empty: to nobody. */
  readonly to: readonly string[];
  /** Of which something came within the last minute; undefined: they are not counted yet. */
  readonly connections: number | undefined;
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

export interface DrainerOptions {
  readonly kernel: DrainingKernel;
  readonly timers: Timers;
  readonly memory: DrainingMemory;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  /** Something went wrong; it is tried again. */
  readonly failed: (error: unknown) => void;
  /** Why the connections of a group are not kept, or that they are, or need not be; whenever that may have changed. */
  readonly found: (group: string, problem: DrainingProblem | undefined) => void;
  /** To whom this node, which leads a group, hands segments of connections from before a move, and of how many; whenever that may have changed. */
  readonly handing: (group: string, handing: Handing) => void;
}

export interface DrainerState extends DrainerOptions {
  readonly turns: Turns;
  readonly begun: Micros;
  /** How far it is known what a former life of the agent knew. */
  formerLife: 'unread' | 'reading' | 'read';
  /** Each ends what is waited for. */
  cleaning: (() => void) | undefined;
  working: (() => void) | undefined;
  saving: (() => void) | undefined;
  noting: (() => void) | undefined;
  /** Settles when what was to be saved is. */
  saved: Promise<void>;
  /** Connections that are handed on, by group, as of the last count; and when the next is due. */
  counted: ReadonlyMap<string, number>;
  countAt: Micros;
  /** What was said of groups last; undefined: they are others by now. */
  told: Pick<Turns, 'wanted' | 'hindrance' | 'faults'> | undefined;
  over: boolean;
}

/** There are no groups yet, and nothing is waited for. */
export function newDrainerState(o: DrainerOptions): DrainerState {
  return {
    ...o,
    turns: newTurns(o.kernel, o.log),
    begun: o.kernel.now(),
    formerLife: 'unread',
    cleaning: undefined,
    working: undefined,
    saving: undefined,
    noting: undefined,
    saved: Promise.resolve(),
    counted: new Map(),
    countAt: never,
    told: undefined,
    over: false,
  };
}

export function attempt<T>({ failed }: DrainerState, act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    failed(error);
    return undefined;
  }
}
