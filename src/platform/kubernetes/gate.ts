import { type Admit, identified, identityOf, type Taken, withoutManagedFields } from './admission.js';
import type { Log } from './clock.js';
import { type KubernetesObject, keyOf, type ObjectMeta, parseKey, type Resource } from './resource.js';

/**
 * Owns: the checking of what comes into a cache, and the memory of what is wrong, so that it is said once for each version of an object.
 */

export interface Gate<T> {
  /** Checks an object, and says nothing yet. Undefined for what has no name: nobody could say what it is about. */
  take(raw: unknown): Taken<T> | undefined;
  /** Says what is wrong with it, unless that was said of this version. */
  note(taken: Taken<T>): void;
  /** Takes all there is: says what is wrong with each, and that nothing is with those that are gone. */
  enterAll(taken: readonly Taken<T>[]): { readonly objects: readonly T[]; readonly refused: readonly ObjectMeta[] };
  /** The object is gone. */
  forget(metadata: ObjectMeta): void;
  /** How many were refused, those without a name among them, counted at each version. */
  refused(): number;
}

export function createGate<T extends KubernetesObject>(o: {
  readonly resource: Resource;
  readonly admit: Admit<T> | undefined;
  readonly held: (key: string) => T | undefined;
  /** Runs it; what it throws is counted and logged. */
  readonly guarded: <R>(what: string, run: () => R) => R | undefined;
  readonly onProblem: ((metadata: ObjectMeta, problem: string | undefined, refused: boolean) => void) | undefined;
  readonly log: Log | undefined;
}): Gate<T> {
  const problems = new Map<string, { readonly problem: string; readonly version: string | undefined }>();
  let refusedCount = 0;
  let saidNameless = false;

  const forget = (metadata: ObjectMeta) => {
    if (!problems.delete(keyOf(metadata))) return;
    o.guarded('a handler of problems', () => o.onProblem?.(metadata, undefined, false));
  };

  const note = ({ metadata, admission }: Taken<T>) => {
    const { object, problem } = admission;
    if (problem === undefined) {
      forget(metadata);
      return;
    }
    const key = keyOf(metadata);
    const before = problems.get(key);
    const version = metadata.resourceVersion;
    if (before?.problem === problem && before.version === version) return;
    problems.set(key, { problem, version });
    const refused = object === undefined || admission.refused === true;
    if (refused) refusedCount += 1;
    o.guarded('a handler of problems', () => o.onProblem?.(metadata, problem, refused));
  };

  return {
    take(raw) {
      const metadata = identityOf(raw);
      if (metadata === undefined) {
        refusedCount += 1;
        if (!saidNameless) {
          const message = 'the server sent an object without a name: it is left out';
          o.log?.error(message, { resource: o.resource.plural });
        }
        saidNameless = true;
        return undefined;
      }
      const object = identified(raw as object, metadata);
      const { admit } = o;
      if (admit === undefined) return { metadata, admission: { object: withoutManagedFields(object) as T } };
      const admission = o.guarded('a check', () => admit(object, o.held(keyOf(metadata))));
      if (admission === undefined) return { metadata, admission: { problem: 'it could not be checked: see the log' } };
      if (admission.object === undefined) return { metadata, admission };
      return { metadata, admission: { ...admission, object: withoutManagedFields(admission.object) } };
    },
    note,
    enterAll(taken) {
      const present = new Set(taken.map(({ metadata }) => keyOf(metadata)));
      for (const key of [...problems.keys()]) if (!present.has(key)) forget(parseKey(key));
      for (const one of taken) note(one);
      return {
        objects: taken.flatMap(({ admission: { object } }) => object ?? []),
        refused: taken.filter(({ admission }) => admission.object === undefined).map(({ metadata }) => metadata),
      };
    },
    forget,
    refused: () => refusedCount,
  };
}
