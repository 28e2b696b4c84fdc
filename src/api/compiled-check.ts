/**
 * The functions that check objects against their schemas. This makes each at its first use; the bundle loads what `scripts/bundle/checks.mjs`
 * has made of the schemas instead, so that no compiler of schemas stays in memory.
 */
import { Ajv, type ValidateFunction } from 'ajv';
import { checkOptions } from './check-options.js';
import { type CheckedKind, objectSchemas } from './object-schemas.js';

const made = new Map<string, ValidateFunction>();

/** @param thorough whether it finds everything that is wrong, and not only the first */
export function compiledCheck(kind: CheckedKind, thorough: boolean): ValidateFunction {
  const key = `${kind} ${thorough}`;
  const check = made.get(key) ?? new Ajv(checkOptions(thorough)).compile(objectSchemas[kind]);
  made.set(key, check);
  return check;
}
