/** Has a kind followed, and says of all of them whether what is known is up to date. */
import type { Admit } from '../../../platform/kubernetes/admission.js';
import { type Cache, startCache } from '../../../platform/kubernetes/cache.js';
import type { ApiClient } from '../../../platform/kubernetes/client.js';
import type { Clock, Log } from '../../../platform/kubernetes/clock.js';
import { type KubernetesObject, keyOf, type Resource } from '../../../platform/kubernetes/resource.js';
import { outOfTouch } from '../../../platform/kubernetes/touch.js';
import type { Recent } from '../recent.js';
import type { Changes } from './changes.js';

/** The kinds that are followed, and by what. */
export interface Following {
  readonly client: ApiClient;
  readonly changes: Pick<Changes, 'problem'>;
  readonly log: Log;
  readonly clock: Clock;
  readonly kinds: Followed[];
}

interface Followed {
  readonly plural: string;
  readonly cache: Pick<Cache<unknown>, 'synced' | 'isSynced' | 'health' | 'stop'>;
}

/** Who hears of a kind. */
interface Heard<T> {
  change(key: string, object: T | undefined, previous: T | undefined): void;
  /** What is known of objects that were written; what a list shows to be gone of these is a change. */
  recent?(): Recent<T>;
  listed?(): void;
}

export function follow<T extends KubernetesObject>(
  { client, changes, log, clock, kinds }: Following,
  resource: Resource,
  admit: Admit<T>,
  heard: Heard<T>,
): Cache<T> {
  const cache = startCache<T>(client, resource, {
    admit,
    onChange: heard.change,
    onList() {
      for (const gone of heard.recent?.().listed() ?? []) heard.change(keyOf(gone.metadata), undefined, gone);
      heard.listed?.();
    },
    onProblem: (metadata, problem, refused) => changes.problem(resource, metadata, problem, refused),
    many: true,
    log,
    clock,
  });
  kinds.push({ plural: resource.plural, cache });
  return cache;
}

/** What is not up to date, for people; undefined when everything is. */
export function problemText({ kinds }: Following): string | undefined {
  const behind = kinds.find(({ cache }) => !cache.isSynced());
  return behind && `waiting for the first list of a watched kind: ${behind.cache.health().lastError ?? 'under way'}`;
}

/** That what is known may be out of date: of the first kind of which it may. */
export function staleText({ kinds }: Following): string | undefined {
  for (const { plural, cache } of kinds) {
    const text = outOfTouch(plural, cache.health());
    if (text !== undefined) return text;
  }
  return undefined;
}
