import type { KubeObject } from '../object.js';
import type { Schema } from '../schema/schema.js';
import type { Cause } from '../status.js';
import type { Column } from '../table/column.js';
import type { Allocations } from './service-allocation.js';

/** What a strategy may look at besides the object. */
export interface Surroundings {
  readonly allocations: Allocations;
  /** RFC 3339, whole seconds. */
  readonly now: string;
}

/** How a kind differs from the plain life of an object. Functions get a clone and may change it. */
export interface Strategy {
  /** Defaults that depend on other fields; run on every write of the main resource and of status. */
  readonly setDefaults?: (object: KubeObject) => void;
  readonly prepareCreate?: (object: KubeObject, surroundings: Surroundings) => void;
  readonly prepareUpdate?: (next: KubeObject, previous: KubeObject, surroundings: Surroundings) => void;
  /** What is wrong with an object, on create and on update. */
  readonly validate?: (next: KubeObject, previous: KubeObject | undefined) => readonly Cause[];
  readonly validateStatus?: (next: KubeObject, previous: KubeObject) => readonly Cause[];
  /** metadata.generation counts changes outside metadata and status. */
  readonly hasGeneration: boolean;
  /** Whether create keeps the status that was sent. */
  readonly keepsStatusOnCreate: boolean;
  /** Whether PUT without a resourceVersion overwrites. */
  readonly unconditionalUpdate: boolean;
  /** Whether PUT of an object that does not exist creates it. */
  readonly createOnUpdate: boolean;
  /** Whether a deletion answers with the object instead of a Status. */
  readonly returnsDeleted: boolean;
}

/** One version of a resource. Stored objects are in the storage version's shape; the two conversions are absent where shapes agree. */
export interface Version {
  readonly name: string;
  readonly served: boolean;
  readonly schema: Schema;
  readonly columns: readonly Column[];
  readonly fromStored?: (object: KubeObject) => KubeObject;
  readonly toStored?: (object: KubeObject) => KubeObject;
  /** What is wrong with an object by the schema; built-in kinds check by their strategy. */
  readonly validate?: (object: KubeObject) => readonly Cause[];
}

/** A resource: what /apis serves under one plural name. `collection` is where its objects are stored. */
export interface Resource {
  readonly group: string;
  readonly kind: string;
  readonly listKind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly collection: string;
  readonly storageVersion: string;
  readonly versions: readonly Version[];
  readonly hasStatus: boolean;
  /** Comes from a CustomResourceDefinition. */
  readonly custom: boolean;
  /** Field paths that fieldSelector may name, beside metadata.name and metadata.namespace. */
  readonly selectableFields: readonly string[];
  readonly strategy: Strategy;
}

export const plainStrategy: Strategy = {
  hasGeneration: false,
  keepsStatusOnCreate: false,
  unconditionalUpdate: true,
  createOnUpdate: false,
  returnsDeleted: false,
};

export function apiVersionOf(group: string, version: string): string {
  return group ? `${group}/${version}` : version;
}

export function collectionOf(group: string, plural: string): string {
  return group ? `${plural}.${group}` : plural;
}
