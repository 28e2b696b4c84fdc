// Owns: CustomResourceDefinitions as objects: their defaults, checks and the status that says they are served.
// Source: apiextensions-apiserver pkg/apis/apiextensions; names are accepted at once, since nobody else serves them.
import { columnsOf } from '../crd/columns.js';
import { structuralProblems } from '../crd/structural.js';
import { compileValidator } from '../crd/validator.js';
import { isMap, type JsonMap, type KubeObject, mapAt } from '../object.js';
import type { Schema } from '../schema/schema.js';
import type { Cause } from '../status.js';
import type { Strategy } from './resource.js';

export const customResourceDefinitionStrategy: Partial<Strategy> = {
  hasGeneration: true,
  unconditionalUpdate: false,
  setDefaults(object) {
    const spec = mapAt(object, 'spec');
    if (!spec) return;
    spec.conversion ??= { strategy: 'None' };
    const names = mapAt(spec, 'names');
    if (!names) return;
    names.singular ??= String(names.kind).toLowerCase();
    names.listKind ??= `${names.kind}List`;
  },
  prepareCreate: (object, { now }) => establish(object, [], now),
  prepareUpdate(next, previous, { now }) {
    const before = mapAt(previous, 'status')?.storedVersions;
    establish(next, Array.isArray(before) ? (before as string[]) : [], now, mapAt(previous, 'status'));
  },
  validate: (object) => [...causes(object)],
};

export function versionsOf(definition: KubeObject): JsonMap[] {
  const versions = mapAt(definition, 'spec')?.versions;
  return Array.isArray(versions) ? versions.filter(isMap) : [];
}

function establish(object: KubeObject, storedBefore: readonly string[], now: string, previous?: JsonMap): void {
  const storage = versionsOf(object).find((version) => version.storage === true);
  const stored = [...new Set([...storedBefore, ...(storage ? [String(storage.name)] : [])])];
  const conditions = previous?.conditions ?? [
    {
      type: 'NamesAccepted',
      status: 'True',
      lastTransitionTime: now,
      reason: 'NoConflicts',
      message: 'no conflicts found',
    },
    {
      type: 'Established',
      status: 'True',
      lastTransitionTime: now,
      reason: 'InitialNamesAccepted',
      message: 'the initial names have been accepted',
    },
  ];
  object.status = {
    acceptedNames: structuredClone(mapAt(object, 'spec')?.names ?? {}),
    conditions,
    storedVersions: stored,
  };
}

function* causes(object: KubeObject): Generator<Cause> {
  const spec = mapAt(object, 'spec') ?? {};
  const names = mapAt(spec, 'names') ?? {};
  const required = (field: string): Cause => ({ reason: 'FieldValueRequired', message: 'Required value', field });
  if (!spec.group) yield required('spec.group');
  if (!names.plural) yield required('spec.names.plural');
  if (!names.kind) yield required('spec.names.kind');
  if (spec.scope !== 'Namespaced' && spec.scope !== 'Cluster')
    yield {
      reason: 'FieldValueNotSupported',
      message: `Unsupported value: ${JSON.stringify(spec.scope ?? '')}: supported values: "Cluster", "Namespaced"`,
      field: 'spec.scope',
    };
  const name = `${names.plural}.${spec.group}`;
  if (object.metadata.name !== name)
    yield {
      reason: 'FieldValueInvalid',
      message: `Invalid value: ${JSON.stringify(object.metadata.name)}: must be spec.names.plural+"."+spec.group`,
      field: 'metadata.name',
    };
  const versions = versionsOf(object);
  if (versions.filter((version) => version.storage === true).length !== 1)
    yield {
      reason: 'FieldValueInvalid',
      message: 'Invalid value: must have exactly one version marked as storage version',
      field: 'spec.versions',
    };
  for (const [index, version] of versions.entries()) yield* versionCauses(version, `spec.versions[${index}]`);
}

function* versionCauses(version: JsonMap, at: string): Generator<Cause> {
  const schema = mapAt(mapAt(version, 'schema') ?? {}, 'openAPIV3Schema') as Schema | undefined;
  const path = `${at}.schema.openAPIV3Schema`;
  if (!schema) {
    yield { reason: 'FieldValueRequired', message: 'Required value: schemas are required', field: path };
    return;
  }
  if (schema.type !== 'object')
    yield {
      reason: 'FieldValueInvalid',
      message: `Invalid value: ${JSON.stringify(schema.type ?? '')}: must be object at the root`,
      field: `${path}.type`,
    };
  yield* structuralProblems(schema, path);
  yield* refusal(() => compileValidator(schema), path);
  yield* refusal(
    () => columnsOf(version.additionalPrinterColumns as JsonMap[] | undefined),
    `${at}.additionalPrinterColumns`,
  );
}

function* refusal(compile: () => unknown, field: string): Generator<Cause> {
  try {
    compile();
  } catch (error) {
    yield { reason: 'FieldValueInvalid', message: `Invalid value: ${(error as Error).message}`, field };
  }
}
