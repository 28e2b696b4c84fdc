// Owns: what one program's watch of one kind brings it: late, with gaps, out of order, until it lists again.
import { createObjectStore } from '../../../../src/platform/kubernetes/object-store.js';
import type { MemoryStore, StoredObject } from './memory-store.js';

export interface Event {
  readonly key: string;
  readonly object: StoredObject | undefined;
  readonly previous: StoredObject | undefined;
}

/** What may be wrong with the next event. `lost` and `early`: it is known to the test alone that a list is needed. */
export type Fault = 'none' | 'lost' | 'early';

export interface FaultyWatch {
  /** What a controller's cache is. */
  readonly cache: {
    get(key: string): StoredObject | undefined;
    list(): Iterable<StoredObject>;
    lastList(): { readonly version: string | undefined; readonly history: number };
  };
  /** While true, nothing is to be delivered. */
  isLate: boolean;
  /** The server has something to tell. */
  push(event: Event): void;
  waiting(): number;
  /** Delivers an event: the oldest, or, where it comes early, the one at `at` of those that wait. */
  deliver(fault: Fault, at: number): void;
  /** Something was lost or came early since the last list. */
  isSpoilt(): boolean;
  relist(): void;
}

/**
 * @param onChange as that of a cache; not called for what is there at the start
 * @param onList as that of a cache
 */
export function createFaultyWatch(
  store: MemoryStore,
  plural: string,
  keep: (object: StoredObject) => StoredObject,
  onChange: (key: string, object: StoredObject | undefined, previous: StoredObject | undefined) => void,
  onList: () => void,
): FaultyWatch {
  const held = createObjectStore<StoredObject>();
  let events: Event[] = [];
  let spoilt = false;
  let lastList = { version: store.revision(), history: 0 };
  const kept = () => store.all(plural).map(keep);
  held.replace(kept());
  return {
    cache: { get: held.get, list: held.list, lastList: () => lastList },
    isLate: false,
    push: (event) => events.push(event),
    waiting: () => events.length,
    deliver: (fault, at) => {
      const [event] = events.splice(fault === 'early' ? at : 0, 1);
      spoilt ||= fault !== 'none';
      if (fault === 'lost') return;
      const { object, previous } = event!;
      const changes = object === undefined ? held.remove(previous!) : held.put(keep(object));
      for (const change of changes ?? []) onChange(change.key, change.object, change.previous);
    },
    isSpoilt: () => spoilt,
    relist: () => {
      spoilt = false;
      events = [];
      const changes = held.replace(kept());
      lastList = { version: store.revision(), history: 0 };
      for (const change of changes) onChange(change.key, change.object, change.previous);
      onList();
    },
  };
}
