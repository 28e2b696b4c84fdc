import type { Json } from '../object.js';

/**
 * A schema in the form of a CRD's openAPIV3Schema (structural), which built-in kinds are brought into as well: one form serves
 * pruning, defaulting, validation, patches, server-side apply and the published OpenAPI documents.
 */
export interface Schema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly enum?: readonly Json[];
  readonly format?: string;
  readonly nullable?: boolean;
  readonly default?: Json;
  readonly description?: string;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular';
  readonly 'x-kubernetes-patch-strategy'?: string;
  readonly 'x-kubernetes-patch-merge-key'?: string;
  /** Validation keywords (pattern, minimum, maxItems, anyOf …): only the validator looks at them. */
  readonly [keyword: string]: unknown;
}

/** The schema of a field, `undefined` where the schema says nothing about it. */
export function fieldSchema(schema: Schema | undefined, field: string): Schema | undefined {
  const declared = schema?.properties?.[field];
  if (declared) return declared;
  const rest = schema?.additionalProperties;
  return typeof rest === 'object' ? rest : undefined;
}

export function isDeclared(schema: Schema | undefined, field: string): boolean {
  return Object.hasOwn(schema?.properties ?? {}, field);
}

/** Whether fields that the schema does not name may stay. */
export function keepsUnknown(schema: Schema): boolean {
  return (
    schema['x-kubernetes-preserve-unknown-fields'] === true ||
    schema.additionalProperties === true ||
    schema.type === undefined
  );
}
