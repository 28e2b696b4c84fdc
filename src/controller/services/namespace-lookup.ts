/** The Namespaces of Services, also of those that the watch of Services has brought before the watch of Namespaces did. */
import { namespaces } from '../../platform/kubernetes/builtin-resources.js';
import type { Context } from '../context/context.js';
import { keepNamespace, type Namespace } from '../objects/builtin-objects.js';

export interface NamespaceLookup {
  known(name: string): Namespace | undefined;
  /** Whether the store has one that was not known; then it is. */
  ask(name: string): Promise<boolean>;
  /** The watch has something to say of it: what the store said before counts no more. */
  seen(name: string): void;
}

export function createNamespaceLookup(c: Pick<Context, 'client' | 'world'>): NamespaceLookup {
  /** What the store said of those that the watch has not brought yet. */
  const asked = new Map<string, Namespace>();
  return {
    known: (name) => c.world.namespace(name) ?? asked.get(name),
    seen: (name) => {
      asked.delete(name);
    },
    ask: async (name) => {
      const found = await c.client.get<Namespace>(namespaces, name);
      if (found !== undefined) asked.set(name, keepNamespace(found));
      return found !== undefined;
    },
  };
}
