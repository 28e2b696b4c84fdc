// Owns: metadata.managedFields: reading it into sets per manager and writing it back.
// Source: metav1.ManagedFieldsEntry; order and identity of entries as kube-apiserver 1.35 keeps them.
import { isMap, type Json, type JsonMap, type KubeObject } from '../object.js';
import { difference, type FieldSet, fromFieldsV1, isEmpty, setOf, toFieldsV1 } from './field-set.js';

/** Who owns fields: one entry of managedFields without its fields. Appliers are the same manager in every API version. */
export interface Manager {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
}

export interface Ownership extends Manager {
  readonly time: string | undefined;
  readonly fields: FieldSet;
}

/** Ownerships by the identity of their manager. */
export type Managers = ReadonlyMap<string, Ownership>;

export function identityOf({ manager, operation, apiVersion, subresource }: Manager): string {
  return JSON.stringify([manager, operation, operation === 'Apply' ? '' : apiVersion, subresource]);
}

/** Fields that belong to the server or name the object: nobody owns them. */
const unowned = setOf(
  [
    ['apiVersion'],
    ['kind'],
    ['metadata'],
    ...[
      'name',
      'namespace',
      'creationTimestamp',
      'selfLink',
      'uid',
      'clusterName',
      'generation',
      'managedFields',
      'resourceVersion',
    ].map((field) => ['metadata', field]),
  ].map((path) => path.map((field) => `f:${field}`)),
);

/** `fields` without those that nobody owns. */
export const ownable = (fields: FieldSet): FieldSet => difference(fields, unowned);

/** Whose fields are whose, from the object. `undefined` when the object resets its managed fields (a list with one empty entry). */
export function readManagers(object: KubeObject): Managers | undefined {
  const entries = (object.metadata.managedFields ?? []) as Json[];
  if (entries.length === 1 && isMap(entries[0]) && Object.keys(entries[0]).length === 0) return undefined;
  return new Map(
    entries.filter(isMap).map((entry) => {
      const ownership: Ownership = {
        manager: String(entry.manager ?? ''),
        operation: entry.operation === 'Apply' ? 'Apply' : 'Update',
        apiVersion: String(entry.apiVersion ?? ''),
        subresource: String(entry.subresource ?? ''),
        time: typeof entry.time === 'string' ? entry.time : undefined,
        fields: fromFieldsV1(isMap(entry.fieldsV1) ? entry.fieldsV1 : {}),
      };
      return [identityOf(ownership), ownership];
    }),
  );
}

/** `object` with its managedFields replaced. */
export function writeManagers(object: KubeObject, managers: Managers): KubeObject {
  const owned = [...managers.values()].map((entry) => ({ ...entry, fields: ownable(entry.fields) }));
  const entries = owned.filter((entry) => !isEmpty(entry.fields)).sort(byOperationThenAge);
  const { managedFields: _, ...metadata } = object.metadata;
  const managedFields = entries.map(encode);
  return {
    ...object,
    metadata: { ...metadata, ...(managedFields.length > 0 && { managedFields }) } as KubeObject['metadata'],
  };
}

function encode(entry: Ownership): JsonMap {
  return {
    manager: entry.manager,
    operation: entry.operation,
    apiVersion: entry.apiVersion,
    ...(entry.time !== undefined && { time: entry.time }),
    fieldsType: 'FieldsV1',
    fieldsV1: toFieldsV1(entry.fields),
    ...(entry.subresource && { subresource: entry.subresource }),
  };
}

function byOperationThenAge(a: Ownership, b: Ownership): number {
  const key = (entry: Ownership) =>
    [entry.operation, entry.time ?? '', entry.manager, entry.apiVersion, entry.subresource].join('\0');
  return key(a) < key(b) ? -1 : 1;
}

export function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata: metadata as KubeObject['metadata'] };
}
