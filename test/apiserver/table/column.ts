import type { Json, KubeObject } from '../object.js';

/** A column of `kubectl get`. Priority 0 always shows, above that only in `-o wide`. `cell` gives a cell's value at `now` (ms). */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format: string;
  readonly description: string;
  readonly priority: number;
  readonly cell: (object: KubeObject, now: number) => Json;
}
