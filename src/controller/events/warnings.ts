/** What people are warned of about an object: once for each thing, however often the object is looked at. */
import type { ObjectReference } from '../../platform/kubernetes/event-object.js';
import type { EventRecorder } from '../../platform/kubernetes/events.js';

export interface Warning {
  /** One CamelCase word. */
  readonly reason: string;
  /** The thing, the place and the remedy. */
  readonly message: string;
}

/** More about one object would drown the first. */
export const mostWarnings = 8;

export interface Warnings {
  /** What there is to say about an object now: what was said before is not said again, what ceased to be is forgotten. */
  tell(key: string, regarding: ObjectReference, warnings: readonly Warning[]): void;
  /** The object is gone. */
  forget(key: string): void;
}

export function createWarnings(recorder: Pick<EventRecorder, 'event'>): Warnings {
  const told = new Map<string, { readonly uid: string | undefined; readonly messages: ReadonlySet<string> }>();
  return {
    tell: (key, regarding, warnings) => {
      const before = told.get(key);
      const known = before?.uid === regarding.uid ? before?.messages : undefined;
      if (warnings.length === 0) {
        told.delete(key);
        return;
      }
      told.set(key, { uid: regarding.uid, messages: new Set(warnings.map(({ message }) => message)) });
      for (const { reason, message } of warnings) {
        if (known?.has(message) !== true) recorder.event(regarding, 'Warning', reason, message);
      }
    },
    forget: (key) => {
      told.delete(key);
    },
  };
}
