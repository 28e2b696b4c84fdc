// Owns: one request from its path to its answer.
import type { IncomingMessage } from 'node:http';
import { admitted, type Request } from '../admission/admission.js';
import { isMap, type Json, type JsonMap, type KubeObject } from '../object.js';
import { create } from '../operations/create.js';
import { type DeleteOptions, deleteOptions, remove } from '../operations/delete.js';
import { type Environment, keyOf, type Target, type WriteOptions } from '../operations/environment.js';
import { list } from '../operations/list.js';
import { patch } from '../operations/patch.js';
import { update } from '../operations/update.js';
import { present } from '../operations/versions.js';
import { answerReview } from '../reviews.js';
import { badRequest, invalid, methodNotAllowed, noSuchPath, notFound, success } from '../status.js';
import { mediaType, readBody } from './body.js';
import { answerDocument } from './documents.js';
import type { Exchange } from './exchange.js';
import { type Shown, sendJson, showList, showObject, wantedForm } from './respond.js';
import { parseRoute, type Route } from './route.js';
import { serveWatch } from './serve-watch.js';

interface Answer {
  readonly code: number;
  readonly body: Json;
  readonly warnings?: readonly string[];
}

/** A request and how to warn its client. */
interface Sender extends Pick<Request, 'warn'> {
  readonly request: IncomingMessage;
}

/** Answers a request. Throws a Failure that the listener writes. */
export async function handle(environment: Environment, exchange: Exchange): Promise<void> {
  const { request, response, url, canWrite } = exchange;
  const route = parseRoute(url.pathname);
  if (!route) {
    answerDocument(environment, exchange);
    return;
  }
  const review = await reviewed(request, route);
  if (review) {
    sendJson(response, 201, review);
    return;
  }
  const target = targetOf(environment, route);
  const shown = { target, form: wantedForm(request.headers.accept), query: url.searchParams, now: environment.now() };
  if (request.method === 'GET' && isWatch(url.searchParams)) {
    serveWatch(environment, exchange, shown);
    return;
  }
  const body = request.method === 'GET' ? undefined : await readBody(request);
  const warn = (text: string) => {
    response.appendHeader('Warning', `299 - ${JSON.stringify(text)}`);
  };
  const { code, body: answer, warnings = [] } = await answerOf(environment, { request, warn }, shown, body);
  for (const warning of warnings) warn(warning);
  if (canWrite()) sendJson(response, code, answer);
}

function isWatch(query: URLSearchParams): boolean {
  return query.get('watch') === 'true' || query.get('watch') === '1';
}

async function reviewed(request: IncomingMessage, route: Route): Promise<JsonMap | undefined> {
  if (request.method !== 'POST' || !route.group.startsWith('auth')) return undefined;
  return answerReview(route.plural, ((await readBody(request)) ?? {}) as JsonMap);
}

function targetOf({ registry }: Environment, route: Route): Target {
  const found = registry.find(route.group, route.version, route.plural);
  if (!found) throw noSuchPath();
  const { resource, version } = found;
  const { namespace, name, subresource } = route;
  const isEviction = resource.collection === 'pods' && subresource === 'eviction';
  const knowsSubresource = !subresource || isEviction || (subresource === 'status' && resource.hasStatus);
  const namespaceFits = resource.namespaced ? Boolean(namespace) || !name : !namespace;
  if (!knowsSubresource || !namespaceFits) throw noSuchPath();
  return { resource, version, namespace, name, subresource };
}

async function answerOf(
  environment: Environment,
  { request, warn }: Sender,
  shown: Shown,
  body: Json | undefined,
): Promise<Answer> {
  const about = { options: optionsOf(request, shown.query, body), warn };
  switch (request.method) {
    case 'GET':
      return read(environment, shown);
    case 'DELETE':
      if (!shown.target.name) return deleteCollection(environment, about, shown, body);
      return admitted(environment, about, (admitting) => deleteOne(admitting, shown, body));
    case 'POST':
    case 'PUT':
    case 'PATCH':
      if (body === undefined) throw badRequest('the request needs a body');
      if (shown.target.subresource === 'eviction') return evict(environment, shown, body);
      return admitted(environment, about, (admitting) => write(admitting, request, shown, body));
    default:
      throw methodNotAllowed();
  }
}

function read(environment: Environment, shown: Shown): Answer {
  const { resource, version, namespace, name } = shown.target;
  if (!name) {
    const { items, metadata } = list(environment, shown.target, shown.query);
    return { code: 200, body: showList(items, metadata, shown) };
  }
  const object = environment.store.get(resource.collection, keyOf(namespace, name));
  if (!object) throw notFound(resource, name);
  return { code: 200, body: showObject(present(object, resource, version), shown) };
}

function write(environment: Environment, request: IncomingMessage, shown: Shown, body: Json): Answer {
  const { target, query } = shown;
  const options = writeOptions(request, query);
  const answer = (code: number, object: KubeObject): Answer => ({
    code,
    body: showObject(object, shown),
    warnings: options.warnings,
  });
  if (request.method === 'POST') {
    if (target.name || (target.resource.namespaced && !target.namespace)) throw methodNotAllowed();
    return answer(201, create(environment, target, body, options));
  }
  if (!target.name) throw methodNotAllowed();
  if (request.method === 'PUT') return answer(200, update(environment, target, body, options));
  const { object, created } = patch(environment, target, body, {
    ...options,
    contentType: mediaType(request),
    force: query.get('force') === 'true',
    fieldManagerGiven: query.has('fieldManager'),
  });
  return answer(created ? 201 : 200, object);
}

/** Characters. Source: apimachinery meta/v1 validation. */
const longestManager = 128;

function writeOptions(request: IncomingMessage, query: URLSearchParams): WriteOptions {
  const agent = request.headers['user-agent'] ?? 'unknown';
  const validation = query.get('fieldValidation') || 'Warn';
  if (validation !== 'Strict' && validation !== 'Warn' && validation !== 'Ignore')
    throw badRequest(`fieldValidation: unsupported value "${validation}"`);
  const dryRun = query.get('dryRun');
  if (dryRun !== null && dryRun !== 'All')
    throw badRequest(`dryRun: unsupported value "${dryRun}": supported values: "All"`);
  const given = query.get('fieldManager') ?? '';
  if (given.length > longestManager) {
    const kind = { POST: 'CreateOptions', PUT: 'UpdateOptions' }[request.method ?? ''] ?? 'PatchOptions';
    const message = `Too long: may not be longer than ${longestManager}`;
    throw invalid('meta.k8s.io', kind, '', [{ reason: 'FieldValueTooLong', message, field: 'fieldManager' }]);
  }
  return {
    fieldManager: query.get('fieldManager') || agent.split('/')[0]!,
    fieldValidation: validation,
    dryRun: dryRun === 'All',
    warnings: [],
  };
}

/** CreateOptions, UpdateOptions or DeleteOptions as given: in the query, of a deletion also in the body. */
function optionsOf({ method }: IncomingMessage, query: URLSearchParams, body: Json | undefined): JsonMap {
  const dryRun = query.getAll('dryRun');
  const [fieldManager, fieldValidation] = [query.get('fieldManager'), query.get('fieldValidation')];
  if (method === 'DELETE')
    return {
      ...(isMap(body) ? body : { propagationPolicy: query.get('propagationPolicy') ?? undefined }),
      ...(dryRun.length > 0 && { dryRun }),
    };
  return {
    ...(dryRun.length > 0 && { dryRun }),
    ...(fieldManager && { fieldManager }),
    ...(fieldValidation && { fieldValidation }),
  };
}

async function deleteCollection(
  environment: Environment,
  about: Request,
  shown: Shown,
  body: Json | undefined,
): Promise<Answer> {
  const { target, query } = shown;
  const options = deleteOptions(body, query);
  const { items, metadata } = list(environment, target, query);
  for (const { metadata: one } of items) {
    const each = { ...target, namespace: one.namespace, name: one.name };
    await admitted(environment, about, (admitting) => removeStill(admitting, each, options));
  }
  return { code: 200, body: showList(items, metadata, shown) };
}

/** Somebody else may have removed it since it was listed. */
function removeStill(environment: Environment, target: Target, options: DeleteOptions): void {
  if (environment.store.get(target.resource.collection, keyOf(target.namespace, target.name!)))
    remove(environment, target, options);
}

function deleteOne(environment: Environment, shown: Shown, body: Json | undefined): Answer {
  const { resource } = shown.target;
  const { object, gone } = remove(environment, shown.target, deleteOptions(body, shown.query));
  if (!gone || resource.strategy.returnsDeleted) return { code: 200, body: showObject(object, shown) };
  const { name, uid } = object.metadata;
  return {
    code: 200,
    body: success({ name, ...(resource.group && { group: resource.group }), kind: resource.plural, uid }),
  };
}

/** `kubectl drain`; PodDisruptionBudgets are not looked at. */
function evict(environment: Environment, shown: Shown, body: Json): Answer {
  const options = deleteOptions((body as JsonMap).deleteOptions, shown.query);
  remove(environment, { ...shown.target, subresource: undefined }, options);
  return { code: 201, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } };
}
