/**
 * What the controller consists of: one record, which the functions beside it work on. It is whole before any watch tells of something, since
 * these start in the background.
 */

import type { ApiClient } from '../platform/kubernetes/client.js';
import type { Clock, Log } from '../platform/kubernetes/clock.js';
import type { Apis } from '../platform/kubernetes/discovery.js';
import type { EventRecorder } from '../platform/kubernetes/events.js';
import type { Signer } from '../platform/signatures/ed25519.js';
import type { FaultyObjects } from './cache/faulty-objects.js';
import type { World } from './cache/world.js';
import type { Context, Settings } from './context/context.js';
import type { ExclusionSource } from './exclusions/exclusions.js';
import type { View } from './follow-ups.js';
import type { Listeners } from './listeners.js';
import type { Agents } from './liveness/agents.js';
import type { MetallbSource } from './metallb/watch.js';
import type { Actors } from './reconcilers.js';
import type { AnswerTimes } from './services/answer-times.js';
import type { Standings } from './standing/standings.js';
import type { TaskQueue } from './tasks.js';
import type { Timings } from './timings.js';
import type { Observer } from './web/observer.js';

/** What it is started with. */
export interface ControllerOptions {
  readonly client: ApiClient;
  readonly apis: Apis;
  readonly recorder: Pick<EventRecorder, 'event'>;
  readonly settings: Settings;
  readonly timings: Timings;
  /** By which it asks agents whether they live; without it, it does not. */
  readonly signer?: Signer | undefined;
  readonly log: Log;
  readonly clock?: Clock;
}

/** What is known of the cluster, whether this controller leads or not. */
export interface Known {
  readonly settings: Settings;
  readonly world: World;
  readonly agents: Agents;
  readonly exclusions: ExclusionSource;
  /** Undefined: MetalLB's objects are not followed. */
  readonly metallb: MetallbSource | undefined;
  readonly standings: Standings;
  readonly unplaced: Context['unplaced'];
  readonly faulty: FaultyObjects;
  /** Those who look on. */
  readonly observers: Set<Observer>;
}

export interface ControllerState extends Known, Actors {
  readonly tasks: TaskQueue;
  readonly context: Context;
  readonly answerTimes: AnswerTimes;
  readonly view: View;
  readonly signer: Signer | undefined;
  readonly listeners: Listeners;
}
