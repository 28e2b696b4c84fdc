// Owns: what a CRD's schema must be: structural, and with usable list and map types.
// Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
import type { Schema } from '../schema/schema.js';
import type { Cause } from '../status.js';

const scalarTypes = ['string', 'integer', 'number', 'boolean'];
const maximumDepth = 100;

/** What is wrong with a schema at the path `at`. */
export function structuralProblems(schema: Schema, at: string, depth = 0): Cause[] {
  if (depth > maximumDepth) return [invalid(at, `is nested deeper than ${maximumDepth} levels`)];
  const children = childrenOf(schema, at);
  return [
    ...typeProblems(schema, at),
    ...listProblems(schema, at),
    ...keywordProblems(schema, at),
    ...children.flatMap(([child, path]) => structuralProblems(child, path, depth + 1)),
  ];
}

function childrenOf(schema: Schema, at: string): [Schema, string][] {
  const properties = Object.entries(schema.properties ?? {}).map(([name, child]): [Schema, string] => [
    child,
    `${at}.properties[${name}]`,
  ]);
  const rest = schema.additionalProperties;
  return [
    ...properties,
    ...(typeof rest === 'object' ? [[rest, `${at}.additionalProperties`] as [Schema, string]] : []),
    ...(schema.items ? [[schema.items, `${at}.items`] as [Schema, string]] : []),
  ];
}

function typeProblems(schema: Schema, at: string): Cause[] {
  const anything = schema['x-kubernetes-int-or-string'] || schema['x-kubernetes-preserve-unknown-fields'];
  if (schema.type === undefined)
    return anything ? [] : [required(`${at}.type`, 'must not be empty for specified object fields')];
  if (schema['x-kubernetes-int-or-string'])
    return [invalid(`${at}.type`, 'must be empty if x-kubernetes-int-or-string is true')];
  if (!['object', 'array', ...scalarTypes].includes(schema.type))
    return [invalid(`${at}.type`, `unknown type ${schema.type}`)];
  if (schema.type === 'array' && !schema.items) return [required(`${at}.items`, 'must be specified')];
  return [];
}

function listProblems(schema: Schema, at: string): Cause[] {
  const listType = schema['x-kubernetes-list-type'];
  if (listType === undefined) return [];
  if (schema.type !== 'array') return [invalid(`${at}.type`, 'must be array if x-kubernetes-list-type is specified')];
  if (!['atomic', 'set', 'map'].includes(listType))
    return [unsupported(`${at}.x-kubernetes-list-type`, listType, ['atomic', 'map', 'set'])];
  if (listType !== 'map') return [];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const items = schema.items ?? {};
  if (keys.length === 0)
    return [required(`${at}.x-kubernetes-list-map-keys`, 'must not be empty if x-kubernetes-list-type is map')];
  return keys.flatMap((key) => {
    const property = items.properties?.[key];
    if (!property) return [invalid(`${at}.x-kubernetes-list-map-keys`, 'entries must all be names of item properties')];
    if (!scalarTypes.includes(property.type ?? ''))
      return [
        invalid(
          `${at}.items.properties[${key}].type`,
          "must be a scalar type if parent array's x-kubernetes-list-type is map",
        ),
      ];
    if (property.default === undefined && !items.required?.includes(key))
      return [
        required(
          `${at}.items.properties[${key}].default`,
          'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
        ),
      ];
    return [];
  });
}

const refused = [
  '$ref',
  'definitions',
  'dependencies',
  'patternProperties',
  'deprecated',
  'discriminator',
  'readOnly',
  'writeOnly',
  'xml',
  '$id',
  'const',
];

function keywordProblems(schema: Schema, at: string): Cause[] {
  const found = refused
    .filter((keyword) => schema[keyword] !== undefined)
    .map((keyword) => forbidden(`${at}.${keyword}`, `${keyword} is not supported`));
  const mixed = schema.properties && schema.additionalProperties !== undefined && schema.additionalProperties !== false;
  if (mixed)
    found.push(forbidden(`${at}.additionalProperties`, 'additionalProperties and properties are mutual exclusive'));
  if (schema.additionalProperties === false)
    found.push(forbidden(`${at}.additionalProperties`, 'additionalProperties cannot be set to false'));
  if (schema.uniqueItems === true)
    found.push(
      forbidden(
        `${at}.uniqueItems`,
        'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
      ),
    );
  return found;
}

const invalid = (field: string, why: string): Cause => ({
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${why}`,
  field,
});
const required = (field: string, why: string): Cause => ({
  reason: 'FieldValueRequired',
  message: `Required value: ${why}`,
  field,
});
const forbidden = (field: string, why: string): Cause => ({
  reason: 'FieldValueForbidden',
  message: `Forbidden: ${why}`,
  field,
});
const unsupported = (field: string, value: string, choices: readonly string[]): Cause => ({
  reason: 'FieldValueNotSupported',
  message: `Unsupported value: "${value}": supported values: ${choices.map((choice) => `"${choice}"`).join(', ')}`,
  field,
});
