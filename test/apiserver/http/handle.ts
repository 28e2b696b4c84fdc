// Owns: one request from its path to its answer.
import type { IncomingMessage, ServerResponse } from 'node:http';
import * as discovery from '../discovery/discovery.js';
import type { Json, JsonMap } from '../object.js';
import { create } from '../operations/create.js';
import { deleteOptions, remove } from '../operations/delete.js';
import { type Environment, keyOf, type Target, type WriteOptions } from '../operations/environment.js';
import { list } from '../operations/list.js';
import { patch } from '../operations/patch.js';
import { update } from '../operations/update.js';
import { present } from '../operations/versions.js';
import { answerReview } from '../reviews.js';
import { badRequest, methodNotAllowed, noSuchPath, notFound, success } from '../status.js';
import { mediaType, readBody } from './body.js';
import { type Shown, sendJson, showList, showObject, wantedForm } from './respond.js';
import { parseRoute, type Route } from './route.js';
import { type ServedWatch, serveWatch } from './serve-watch.js';

/** What the listener knows about a request besides itself. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly canWrite: () => boolean;
  readonly watches: Set<ServedWatch>;
}

/** Answers a request. Throws a Failure that the listener writes. */
export async function handle(environment: Environment, exchange: Exchange): Promise<void> {
  const { request, response, url } = exchange;
  const route = parseRoute(url.pathname);
  if (!route) return answerDiscovery(environment, exchange);
  if (request.method === 'POST' && route.group.startsWith('auth')) {
    const answer = answerReview(route.plural, ((await readBody(request)) ?? {}) as JsonMap);
    if (answer) return sendJson(response, 201, answer);
  }
  const target = targetOf(environment, route);
  const shown: Shown = {
    target,
    form: wantedForm(request.headers.accept),
    query: url.searchParams,
    now: environment.now(),
  };
  if (request.method === 'GET') return read(environment, exchange, target, shown);
  const body = await readBody(request);
  if (request.method === 'DELETE') return answerDelete(environment, exchange, target, shown, body);
  if (body === undefined) throw badRequest('the request needs a body');
  return write(environment, exchange, target, shown, body);
}

function targetOf({ registry }: Environment, route: Route): Target {
  const found = registry.find(route.group, route.version, route.plural);
  if (!found) throw noSuchPath();
  const { resource, version } = found;
  if (route.namespace && !resource.namespaced) throw noSuchPath();
  if (route.subresource && !(route.subresource === 'status' && resource.hasStatus)) throw noSuchPath();
  if (route.name && resource.namespaced && !route.namespace) throw noSuchPath();
  return { resource, version, namespace: route.namespace, name: route.name, subresource: route.subresource };
}

function read(
  environment: Environment,
  { request, response, url, canWrite, watches }: Exchange,
  target: Target,
  shown: Shown,
): void {
  const query = url.searchParams;
  if (query.get('watch') === 'true' || query.get('watch') === '1')
    return serveWatch(environment, request, response, shown, canWrite, watches);
  const { resource, version, namespace, name } = target;
  if (!name) {
    const { items, metadata } = list(environment, target, query);
    return sendJson(response, 200, showList(items, metadata, shown));
  }
  const object = environment.store.get(resource.collection, keyOf(namespace, name));
  if (!object) throw notFound(resource, name);
  sendJson(response, 200, showObject(present(object, resource, version), shown));
}

function write(environment: Environment, exchange: Exchange, target: Target, shown: Shown, body: Json): void {
  const { request, response, url } = exchange;
  const options = writeOptions(request, url.searchParams);
  const answer = (code: number, object: Parameters<typeof showObject>[0]) => {
    const warnings = options.warnings
      .map((text) => `299 - "${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`)
      .join(', ');
    sendJson(response, code, showObject(object, shown), warnings ? { Warning: warnings } : {});
  };
  if (request.method === 'POST' && !target.name) {
    if (target.resource.namespaced && !target.namespace) throw methodNotAllowed();
    return answer(201, create(environment, target, body, options));
  }
  if (!target.name) throw methodNotAllowed();
  if (request.method === 'PUT') return answer(200, update(environment, target, body, options));
  if (request.method !== 'PATCH') throw methodNotAllowed();
  const { object, created } = patch(environment, target, body, {
    ...options,
    contentType: mediaType(request),
    force: url.searchParams.get('force') === 'true',
    fieldManagerGiven: url.searchParams.has('fieldManager'),
  });
  answer(created ? 201 : 200, object);
}

function writeOptions(request: IncomingMessage, query: URLSearchParams): WriteOptions {
  const agent = request.headers['user-agent'] ?? 'unknown';
  const validation = query.get('fieldValidation') || 'Warn';
  if (validation !== 'Strict' && validation !== 'Warn' && validation !== 'Ignore')
    throw badRequest(`fieldValidation: unsupported value "${validation}"`);
  const dryRun = query.get('dryRun');
  if (dryRun !== null && dryRun !== 'All')
    throw badRequest(`dryRun: unsupported value "${dryRun}": supported values: "All"`);
  return {
    fieldManager: query.get('fieldManager') || agent.split('/')[0]!,
    fieldValidation: validation,
    dryRun: dryRun === 'All',
    warnings: [],
  };
}

function answerDelete(
  environment: Environment,
  { response, url }: Exchange,
  target: Target,
  shown: Shown,
  body: Json | undefined,
): void {
  const options = deleteOptions(body, url.searchParams);
  const { resource } = target;
  if (!target.name) {
    const { items, metadata } = list(environment, target, url.searchParams);
    for (const { metadata: one } of items)
      remove(environment, { ...target, namespace: one.namespace, name: one.name }, options);
    return sendJson(response, 200, showList(items, metadata, shown));
  }
  const { object, gone } = remove(environment, target, options);
  if (!gone || resource.strategy.returnsDeleted) return sendJson(response, 200, showObject(object, shown));
  const { name, uid } = object.metadata;
  sendJson(
    response,
    200,
    success({ name, ...(resource.group && { group: resource.group }), kind: resource.plural, uid }),
  );
}

function answerDiscovery({ registry }: Environment, { request, response, url }: Exchange): void {
  const resources = registry.resources();
  const parts = url.pathname.split('/').filter(Boolean);
  if (['healthz', 'readyz', 'livez'].includes(parts[0] ?? '')) {
    response.writeHead(200, { 'Content-Type': 'text/plain' }).end('ok');
    return;
  }
  const found = documentAt(parts, resources, request.headers.host ?? '');
  if (!found) throw noSuchPath();
  sendJson(response, 200, found);
}

function documentAt(
  parts: readonly string[],
  resources: Parameters<typeof discovery.groupList>[0],
  host: string,
): JsonMap | undefined {
  const [root, first, second] = parts;
  if (parts.length === 0)
    return {
      paths: ['/api', '/api/v1', '/apis', '/healthz', '/livez', '/openapi/v2', '/openapi/v3', '/readyz', '/version'],
    };
  if (root === 'version' && parts.length === 1) return discovery.versionInfo;
  if (root === 'api' && parts.length === 1) return discovery.coreVersions(host);
  if (root === 'api' && parts.length === 2) return discovery.resourceList('', first!, resources);
  if (root !== 'apis' || parts.length > 3) return undefined;
  if (!first) return discovery.groupList(resources);
  return second ? discovery.resourceList(first, second, resources) : discovery.group(first, resources);
}
