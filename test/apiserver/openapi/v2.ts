// Owns: /openapi/v2 as protobuf, the only form in which kubectl reads it: older ones validate objects by it themselves.
// Source: message numbers of gnostic's OpenAPIv2.proto; extensions are YAML text, for which JSON will do.
import type { Resource } from '../kinds/resource.js';
import { type Message, messageField, stringField } from '../protobuf/writer.js';
import type { Schema } from '../schema/schema.js';
import { groupVersionKind, objectPath, type Published, publishedKinds, writeParameters } from './published.js';

export const openApiV2MediaType = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

export function openApiV2(resources: readonly Resource[]): Buffer {
  const definitions = publishedKinds(resources).flatMap((kind) => {
    const type = extension('x-kubernetes-group-version-kind', [groupVersionKind(kind)]);
    return named(1, kind.name, [...schemaMessage(kind.schema), ...type]);
  });
  const paths = publishedKinds(resources).flatMap((kind) =>
    named(2, objectPath(kind), messageField(8, patchOperation(kind))),
  );
  const info = [...stringField(1, 'Kubernetes'), ...stringField(2, 'v1.35.0')];
  const document = [
    stringField(1, '2.0'),
    messageField(2, info),
    messageField(8, paths),
    messageField(9, definitions),
  ].flat();
  return Buffer.concat(document);
}

/** From the parameters of PATCH an older kubectl sees that it may ask for a dry run. */
function patchOperation(kind: Published): Message {
  const parameters = writeParameters.map((name) => {
    const query = [...stringField(2, 'query'), ...stringField(4, name), ...stringField(6, 'string')];
    return messageField(8, messageField(1, messageField(2, messageField(3, query))));
  });
  const type = named(13, 'x-kubernetes-group-version-kind', stringField(2, JSON.stringify(groupVersionKind(kind))));
  return [...parameters.flat(), ...type];
}

function named(number: number, name: string, value: Message): Message {
  return messageField(number, [...stringField(1, name), ...messageField(2, value)]);
}

function schemaMessage(schema: Schema): Message {
  const { properties, items, additionalProperties } = schema;
  const open = schema['x-kubernetes-preserve-unknown-fields'] === true;
  return [
    stringField(2, schema.format),
    stringField(4, schema.description),
    (schema.required ?? []).flatMap((name) => stringField(19, name)),
    typeof additionalProperties === 'object'
      ? messageField(21, messageField(1, schemaMessage(additionalProperties)))
      : [],
    schema.type ? messageField(22, stringField(1, schema.type)) : [],
    items ? messageField(23, messageField(1, schemaMessage(items))) : [],
    properties && !open
      ? messageField(
          25,
          Object.entries(properties).flatMap(([name, child]) => named(1, name, schemaMessage(child))),
        )
      : [],
    Object.entries(schema)
      .filter(([keyword]) => keyword.startsWith('x-kubernetes-'))
      .flatMap(([keyword, value]) => extension(keyword, value)),
  ].flat();
}

function extension(name: string, value: unknown): Message {
  return named(31, name, stringField(2, JSON.stringify(value)));
}
