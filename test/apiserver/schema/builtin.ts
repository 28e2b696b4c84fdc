// Owns: schemas of built-in kinds, from the type tables that @kubernetes/client-node ships plus what those leave out.
// Refuses to know: which kinds there are.
// Source: client-node's attributeTypeMap (Kubernetes 1.36); list and map types from the published OpenAPI document.
import { listTopology, mapTopology } from './builtin-topology.js';
import type { Schema } from './schema.js';

interface Attribute {
  readonly baseName: string;
  readonly type: string;
  readonly format: string;
}

/** Loads schemas by type name, such as `V1Service`. Types are read once per loader. */
export function createSchemaLoader(): (type: string) => Promise<Schema> {
  const loaded = new Map<string, Promise<Schema>>();
  const load = (type: string): Promise<Schema> => {
    const found = loaded.get(type) ?? build(type);
    loaded.set(type, found);
    return found;
  };

  const build = async (type: string): Promise<Schema> => {
    // The schema of a schema is recursive: its fields are taken as they come.
    if (type === 'V1JSONSchemaProps') return { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
    const module = (await import(`@kubernetes/client-node/dist/gen/models/${type}.js`)) as Record<
      string,
      { attributeTypeMap: readonly Attribute[] }
    >;
    const model = module[type];
    if (!model) throw new Error(`@kubernetes/client-node has no type ${type}`);
    const properties: Record<string, Schema> = {};
    for (const attribute of model.attributeTypeMap)
      properties[attribute.baseName] = {
        ...(await ofType(attribute.type, attribute.format)),
        ...listTopology[`${type}.${attribute.baseName}`],
      };
    return { type: 'object', properties, ...(mapTopology.has(type) && { 'x-kubernetes-map-type': 'atomic' }) };
  };

  const ofType = async (type: string, format: string): Promise<Schema> => {
    const list = /^Array<(.+)>$/.exec(type);
    if (list) return { type: 'array', items: await ofType(list[1]!, '') };
    const map = /^\{ \[key: string\]: (.+); \}$/.exec(type);
    if (map) return { type: 'object', additionalProperties: await ofType(map[1]!, '') };
    return scalarTypes[type]?.(format) ?? load(type);
  };

  return load;
}

const scalarTypes: Record<string, (format: string) => Schema> = {
  string: (format) => ({ type: 'string', ...(format && { format }) }),
  number: (format) =>
    format.startsWith('int') || !format ? { type: 'integer', format: format || 'int64' } : { type: 'number', format },
  boolean: () => ({ type: 'boolean' }),
  Date: () => ({ type: 'string', format: 'date-time' }),
  V1MicroTime: () => ({ type: 'string', format: 'micro-time' }),
  IntOrString: () => ({ 'x-kubernetes-int-or-string': true }),
  any: () => ({ 'x-kubernetes-preserve-unknown-fields': true }),
  object: () => ({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true }),
};
