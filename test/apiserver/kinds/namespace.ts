import type { KubeObject } from '../object.js';
import type { Strategy } from './resource.js';

/** A namespace lives until its contents are gone; the label of its name is always there. */
export const namespaceStrategy: Partial<Strategy> = {
  setDefaults(object: KubeObject) {
    object.metadata.labels = { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name };
  },
  prepareCreate(object) {
    object.spec = { finalizers: ['kubernetes'] };
    object.status = { phase: 'Active' };
  },
  prepareUpdate(next, previous) {
    next.spec = previous.spec;
  },
};
