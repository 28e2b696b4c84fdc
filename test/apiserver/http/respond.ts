// Owns: writing an answer in the form the client accepts.
import type { ServerResponse } from 'node:http';
import { apiVersionOf } from '../kinds/resource.js';
import type { Json, JsonMap, KubeObject } from '../object.js';
import type { Target } from '../operations/environment.js';
import { Failure, statusOf } from '../status.js';
import { type Form, formOf, partialMetadataOf, tableOf } from '../table/table.js';

export function sendJson(
  response: ServerResponse,
  code: number,
  body: Json,
  headers: Record<string, string> = {},
): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(code, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

export function sendFailure(response: ServerResponse, failure: Failure): void {
  const { retryAfterSeconds } = failure;
  sendJson(
    response,
    failure.code,
    statusOf(failure),
    retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) },
  );
}

/** The form that a request wants. Throws a 406 Failure when it accepts none. */
export function wantedForm(accept: string | undefined): Form {
  const form = formOf(accept);
  if (form) return form;
  throw new Failure(406, 'NotAcceptable', 'only the following media types are accepted: application/json');
}

export interface Shown {
  readonly target: Target;
  readonly form: Form;
  readonly query: URLSearchParams;
  readonly now: number;
}

export function showObject(object: KubeObject, { target, form, query, now }: Shown): JsonMap {
  if (form === 'PartialObjectMetadata') return partialMetadataOf(object);
  if (form === 'object') return object;
  const { resourceVersion } = object.metadata;
  return tableOf(
    [object],
    { resourceVersion },
    { columns: target.version.columns, include: query.get('includeObject'), now, definitions: true },
  );
}

export function showList(
  items: readonly KubeObject[],
  metadata: JsonMap,
  { target, form, query, now }: Shown,
): JsonMap {
  if (form === 'Table')
    return tableOf(items, metadata, {
      columns: target.version.columns,
      include: query.get('includeObject'),
      now,
      definitions: true,
    });
  if (form === 'PartialObjectMetadata')
    return {
      kind: 'PartialObjectMetadataList',
      apiVersion: 'meta.k8s.io/v1',
      metadata,
      items: items.map(partialMetadataOf),
    };
  const { resource, version } = target;
  const apiVersion = apiVersionOf(resource.group, version.name);
  return {
    kind: resource.listKind,
    apiVersion,
    metadata,
    items: items.map((item) => (resource.custom ? item : withoutType(item))),
  };
}

/** Items of built-in lists do not repeat their type. */
function withoutType({ apiVersion: _, kind: __, ...rest }: KubeObject): JsonMap {
  return rest as JsonMap;
}
