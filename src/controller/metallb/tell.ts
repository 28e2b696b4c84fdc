/** Events on MetalLB's objects: what of them is not as they say. */
import type { EventRecorder } from '../../platform/kubernetes/events.js';
import { createWarnings, mostWarnings } from '../events/warnings.js';
import { metallbGroup, metallbKinds } from './resources.js';
import type { Finding } from './wanted.js';
import type { Known } from './watched-kinds.js';

export function createTelling(
  recorder: Pick<EventRecorder, 'event'>,
): (known: Known, findings: readonly Finding[]) => void {
  const warnings = createWarnings(recorder);
  /** What was warned of, to take note when it is gone. */
  const warned = new Set<string>();
  return ({ found, unread }, findings) => {
    const now = new Set<string>();
    const byObject = new Map<string, string[]>();
    for (const { object, message } of findings) {
      // What is a part of an object is called by it, a comma and more; names have no commas.
      const [called = ''] = object.split(', ', 1);
      const part = object.slice(called.length + 2);
      const texts = byObject.get(called) ?? [];
      texts.push(part === '' ? message : `${part}: ${message}`);
      byObject.set(called, texts);
    }
    for (const { document, reference } of found) {
      const texts = byObject.get(document.called);
      if (texts === undefined) continue;
      now.add(document.called);
      const list = texts.slice(0, mostWarnings).map((message) => ({ reason: 'NotAsWritten', message }));
      warnings.tell(document.called, reference, list);
    }
    for (const { what, why, absent } of unread) {
      const definition = absent === true ? undefined : definitionOf(what);
      if (definition === undefined) continue;
      now.add(definition.name);
      warnings.tell(definition.name, definition, [{ reason: 'CannotRead', message: why }]);
    }
    for (const called of warned) if (!now.has(called)) warnings.forget(called);
    warned.clear();
    for (const called of now) warned.add(called);
  };
}

/** There is no object of a kind that cannot be read: its definition stands for them. */
function definitionOf(kind: string) {
  const resource = metallbKinds.flat().find((each) => each.kind === kind);
  if (resource === undefined) return undefined;
  const name = `${resource.plural}.${metallbGroup}`;
  return { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name };
}
