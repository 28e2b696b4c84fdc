// Owns: additionalPrinterColumns of a CRD as columns of a Table.
// Source: apiextensions-apiserver pkg/registry/customresource/tableconvertor.
import { isMap, type Json, type JsonMap } from '../object.js';
import type { Column } from '../table/column.js';
import { since } from '../table/duration.js';
import { compileJsonPath } from './json-path.js';

const name: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name must be unique within a namespace.',
  priority: 0,
  cell: ({ metadata }) => metadata.name,
};

const age: JsonMap = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

/** NAME, then what the CRD lists, or AGE when it lists nothing. Throws an Error for a JSON path that cannot be read. */
export function columnsOf(definitions: readonly JsonMap[] | undefined): readonly Column[] {
  return [name, ...(definitions ?? [age]).map(columnOf)];
}

function columnOf(definition: JsonMap): Column {
  const select = compileJsonPath(String(definition.jsonPath ?? definition.JSONPath));
  const type = definition.type as Column['type'];
  return {
    name: String(definition.name),
    type,
    format: String(definition.format ?? ''),
    description: String(definition.description ?? ''),
    priority: Number(definition.priority ?? 0),
    cell: (object, now) => cellOf(select(object)[0], type, now),
  };
}

function cellOf(value: Json | undefined, type: Column['type'], now: number): Json {
  if (value === undefined || value === null) return null;
  switch (type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      return typeof value === 'string' ? dateText(value, now) : null;
    case 'string':
      return isMap(value) || Array.isArray(value) ? JSON.stringify(value) : String(value);
  }
}

function dateText(value: string, now: number): string {
  return Number.isNaN(Date.parse(value)) ? '<invalid>' : since(value, now);
}
