// Owns: the Table and PartialObjectMetadata forms that `kubectl get` and metadata clients ask for.
// Source: metav1.Table; content negotiation by `Accept: application/json;as=Table;v=v1;g=meta.k8s.io`.
import type { Json, JsonMap, KubeObject } from '../object.js';
import type { Column } from './column.js';

export type Form = 'object' | 'Table' | 'PartialObjectMetadata';

/** The first form of an Accept header that can be served as JSON; `undefined` when there is none. */
export function formOf(accept: string | undefined): Form | undefined {
  for (const range of (accept ?? '*/*').split(',')) {
    const [type, ...parameters] = range.split(';').map((part) => part.trim());
    if (!['application/json', 'application/*', '*/*'].includes(type!) && !type!.includes('yaml')) continue;
    const values = Object.fromEntries(parameters.map((parameter) => parameter.split('=')));
    if (values.as === undefined) return 'object';
    if (values.g !== 'meta.k8s.io' || !['v1', 'v1beta1'].includes(values.v)) continue;
    if (values.as === 'Table') return 'Table';
    if (values.as === 'PartialObjectMetadata' || values.as === 'PartialObjectMetadataList')
      return 'PartialObjectMetadata';
  }
  return undefined;
}

/** `include`: what rows carry of their object. `definitions: false` for watch events after the first. */
export interface TableOptions {
  readonly columns: readonly Column[];
  readonly include: string | null;
  readonly now: number;
  readonly definitions: boolean;
}

export function tableOf(objects: readonly KubeObject[], metadata: JsonMap, options: TableOptions): JsonMap {
  const { columns } = options;
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: options.definitions ? columns.map(({ cell: _, ...definition }) => definition) : null,
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object, options.now)),
      object: rowObject(object, options.include),
    })),
  };
}

function rowObject(object: KubeObject, include: string | null): Json {
  if (include === 'None') return null;
  return include === 'Object' ? object : partialMetadataOf(object);
}

export function partialMetadataOf({ metadata }: KubeObject): JsonMap {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
}
