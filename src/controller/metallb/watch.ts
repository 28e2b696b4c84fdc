/**
 * What there is of MetalLB's objects in its namespace. Which kinds the server has is asked again and again, since somebody may install them, or
 * other versions of them.
 */
import { configMaps } from '../../platform/kubernetes/builtin-resources.js';
import { startCache } from '../../platform/kubernetes/cache.js';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import type { Clock, Log } from '../../platform/kubernetes/clock.js';
import type { Resource } from '../../platform/kubernetes/resource.js';
import { sameJson } from '../objects/same-json.js';
import { admit, type Kept } from './found.js';
import { configMapName } from './resources.js';
import type { Unread } from './unread.js';
import {
  type Known,
  kindsToWatch,
  knownOf,
  newWatchedKinds,
  servedKinds,
  staleness,
  type WatchedKinds,
} from './watched-kinds.js';

export interface MetallbSource {
  /** Undefined while it is not clear which kinds can be read. */
  known(): Known | undefined;
  /** The kinds that the server has, or had, and why what is known of one may be out of date; undefined: it is not. */
  kinds(): ReadonlyMap<string, string | undefined>;
  /** What is not up to date, for people; undefined when everything is. */
  problem(): string | undefined;
  stop(): Promise<void>;
}

/** How often the server is asked which kinds it has, and whether they can be read, in milliseconds. */
const lookEveryMs = 5_000;

/** What the source is made of. */
interface Parts {
  readonly client: ApiClient;
  readonly namespace: string;
  readonly onChange: () => void;
  readonly log: Log;
  readonly clock: Clock;
}

interface SourceState extends Parts {
  readonly kinds: WatchedKinds;
  /** Which kinds there are has been found out once. */
  looked: boolean;
  /** Why that cannot be found out now. */
  lookError: string | undefined;
  /** What could not be read when that was looked at last. */
  told: readonly Unread[] | undefined;
  stopped: boolean;
  cancelLook: () => void;
}

export function watchMetallb(client: ApiClient, o: Omit<Parts, 'client'>): MetallbSource {
  const state = newState({ client, ...o });
  watchKind(state, configMaps, `metadata.name=${configMapName}`);
  void lookOn(state);
  return {
    known: () => known(state),
    kinds: () => staleness(state.kinds),
    problem: () => problem(state),
    stop: () => stop(state),
  };
}

function newState(parts: Parts): SourceState {
  return {
    ...parts,
    kinds: newWatchedKinds(),
    looked: false,
    lookError: undefined,
    told: undefined,
    stopped: false,
    cancelLook() {},
  };
}

function known({ looked, kinds }: SourceState): Known | undefined {
  return looked ? knownOf(kinds) : undefined;
}

function problem({ looked, lookError, kinds }: SourceState): string | undefined {
  if (!looked) return `it is not known yet which of MetalLB's kinds there are: ${lookError ?? 'no answer so far'}`;
  return [...staleness(kinds).values()].find((each) => each !== undefined);
}

/** Finds out again and again which kinds there are, until it is stopped. */
async function lookOn(state: SourceState): Promise<void> {
  try {
    await look(state);
    state.lookError = undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (state.lookError === undefined)
      state.log.warn("cannot find out which of MetalLB's kinds there are", { error: message });
    state.lookError = message;
  }
  if (state.stopped) return;
  const unread = known(state)?.unread;
  if (!sameJson(unread, state.told)) state.onChange();
  state.told = unread;
  state.cancelLook = state.clock.after(lookEveryMs, () => void lookOn(state));
}

async function look(state: SourceState): Promise<void> {
  const { client, kinds, namespace, log } = state;
  for (const resource of kindsToWatch(kinds, await servedKinds(client))) {
    await kinds.watched.get(resource.kind)?.cache.stop();
    if (state.stopped) return;
    watchKind(state, resource);
    log.info("reads MetalLB's objects", { kind: resource.kind, version: resource.version, namespace });
  }
  state.looked = true;
}

function watchKind(state: SourceState, resource: Resource, fieldSelector?: string): void {
  const { client, kinds, namespace, onChange, log, clock } = state;
  const cache = startCache<Kept>(client, resource, {
    namespace,
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
    admit: (object) => admit(resource, object),
    onChange,
    onList: onChange,
    log,
    clock,
  });
  cache.synced.catch(() => {}); // rejected when stopped before
  kinds.watched.set(resource.kind, { resource, cache });
}

async function stop(state: SourceState): Promise<void> {
  state.stopped = true;
  state.cancelLook();
  await Promise.all([...state.kinds.watched.values()].map(({ cache }) => cache.stop()));
}
