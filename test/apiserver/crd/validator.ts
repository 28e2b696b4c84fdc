// Owns: checking custom resources against their schema, with the server's wording of what is wrong.
// Refuses to know: CEL. x-kubernetes-validations are accepted in CRDs and not evaluated.
// Source: apiextensions-apiserver pkg/apiserver/validation; kube-openapi strfmt for formats.
import { isIP, isIPv4, isIPv6 } from 'node:net';
import { Ajv, type ErrorObject } from 'ajv';
import type { Json, KubeObject } from '../object.js';
import type { Schema } from '../schema/schema.js';
import type { Cause } from '../status.js';
import { duplicateItems } from './duplicate-items.js';

/** A function that lists what is wrong with an object. Throws an Error when the schema itself cannot be compiled. */
export function compileValidator(schema: Schema): (object: KubeObject) => readonly Cause[] {
  const ajv = new Ajv({ allErrors: true, strict: false, unicodeRegExp: false, verbose: true, formats });
  const { metadata: _, ...properties } = schema.properties ?? {};
  const validate = ajv.compile(forAjv({ ...schema, properties }) as object);
  return (object) => {
    if (validate(object)) return duplicateItems(object, schema);
    const causes = [...(validate.errors ?? []).flatMap(causeOf), ...duplicateItems(object, schema)];
    return causes.filter(
      (cause, index) =>
        causes.findIndex((other) => other.field === cause.field && other.message === cause.message) === index,
    );
  };
}

function forAjv(schema: Schema): unknown {
  const converted: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (
      keyword.startsWith('x-kubernetes-') ||
      keyword === 'default' ||
      keyword === 'description' ||
      keyword === 'example'
    )
      continue;
    converted[keyword] = convertKeyword(keyword, value);
  }
  if (schema['x-kubernetes-int-or-string']) {
    delete converted.anyOf;
    return { ...converted, type: ['integer', 'string'] };
  }
  if (schema.nullable && schema.type) {
    delete converted.nullable;
    converted.type = [schema.type, 'null'];
    if (schema.enum) converted.enum = [...schema.enum, null];
  }
  return converted;
}

function convertKeyword(keyword: string, value: unknown): unknown {
  const asMap = value as Record<string, Schema>;
  if (keyword === 'properties')
    return Object.fromEntries(Object.entries(asMap).map(([name, child]) => [name, forAjv(child)]));
  if ((keyword === 'items' || keyword === 'not' || keyword === 'additionalProperties') && typeof value === 'object')
    return forAjv(value as Schema);
  if (keyword === 'anyOf' || keyword === 'oneOf' || keyword === 'allOf') return (value as Schema[]).map(forAjv);
  return value;
}

function causeOf(error: ErrorObject): Cause[] {
  const field = pathOf(error.instancePath);
  const value = error.data as Json;
  const shown = JSON.stringify(value);
  const invalid = (why: string): Cause[] => [
    { reason: 'FieldValueInvalid', message: `Invalid value: ${shown}: ${field} in body ${why}`, field },
  ];
  const { params } = error as { params: Record<string, unknown> };
  switch (error.keyword) {
    case 'required':
      return [
        { reason: 'FieldValueRequired', message: 'Required value', field: join(field, String(params.missingProperty)) },
      ];
    case 'type':
      return [typeCause(field, value, error.schema)];
    case 'enum': {
      const choices = (error.schema as Json[]).map((choice) => JSON.stringify(choice)).join(', ');
      return [
        {
          reason: 'FieldValueNotSupported',
          message: `Unsupported value: ${shown}: supported values: ${choices}`,
          field,
        },
      ];
    }
    case 'pattern':
      return invalid(`should match '${params.pattern}'`);
    case 'format':
      return invalid(`must be of type ${params.format}: ${shown}`);
    case 'minimum':
      return invalid(`should be greater than or equal to ${params.limit}`);
    case 'maximum':
      return invalid(`should be less than or equal to ${params.limit}`);
    case 'minLength':
      return invalid(`should be at least ${params.limit} chars long`);
    case 'maxLength':
      return [{ reason: 'FieldValueTooLong', message: `Too long: may not be more than ${params.limit} bytes`, field }];
    case 'minItems':
      return invalid(`should have at least ${params.limit} items`);
    case 'maxItems':
      return [
        {
          reason: 'FieldValueTooMany',
          message: `Too many: ${(value as Json[]).length}: must have at most ${params.limit} items`,
          field,
        },
      ];
    default:
      return invalid(error.message ?? error.keyword);
  }
}

function typeCause(field: string, value: Json, wanted: unknown): Cause {
  const found =
    value === null ? 'null' : Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value;
  const type = Array.isArray(wanted) ? wanted[0] : wanted;
  const message = `Invalid value: "${found}": ${field} in body must be of type ${type}: "${found}"`;
  return { reason: 'FieldValueTypeInvalid', message, field };
}

/** `/spec/members/0/node` as `spec.members[0].node`. */
function pathOf(pointer: string): string {
  const parts = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return parts.reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : join(path, part)), '');
}

const join = (path: string, field: string) => (path ? `${path}.${field}` : field);

const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

const formats: Record<string, true | RegExp | ((text: string) => boolean)> = {
  'date-time': (text) => dateTime.test(text) && !Number.isNaN(Date.parse(text)),
  date: /^\d{4}-\d\d-\d\d$/,
  duration: /^[-+]?(\d+(\.\d*)?(ns|us|µs|ms|s|m|h|d|w)\s*)+$/,
  ipv4: isIPv4,
  ipv6: isIPv6,
  ip: (text) => isIP(text) > 0,
  cidr: isCidr,
  mac: /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i,
  uuid: /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i,
  hostname: /^(?=.{1,255}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/i,
  uri: (text) => URL.canParse(text),
  byte: /^[A-Za-z0-9+/]*={0,2}$/,
  int32: true,
  int64: true,
  float: true,
  double: true,
  password: true,
};

function isCidr(text: string): boolean {
  const [address, bits] = text.split('/');
  return (
    address !== undefined &&
    bits !== undefined &&
    /^\d+$/.test(bits) &&
    Number(bits) <= (isIP(address) === 4 ? 32 : isIP(address) === 6 ? 128 : -1)
  );
}
