// Owns: everything that is no resource: discovery, OpenAPI, health.
import * as discovery from '../discovery/discovery.js';
import type { Resource } from '../kinds/resource.js';
import type { JsonMap } from '../object.js';
import { openApiV2, openApiV2MediaType } from '../openapi/v2.js';
import { openApiV3 } from '../openapi/v3.js';
import type { Environment } from '../operations/environment.js';
import { noSuchPath } from '../status.js';
import type { Exchange } from './exchange.js';
import { sendJson } from './respond.js';

const health = new Set(['healthz', 'readyz', 'livez']);

/** Answers a path that names no resource. Throws a 404 Failure for one that names nothing. */
export function answerDocument({ registry }: Environment, { request, response, url }: Exchange): void {
  const resources = registry.resources();
  const parts = url.pathname.split('/').filter(Boolean);
  if (health.has(parts[0] ?? '')) {
    response.writeHead(200, { 'Content-Type': 'text/plain' }).end('ok');
    return;
  }
  if (url.pathname === '/openapi/v2') {
    const document = openApiV2(resources);
    response.writeHead(200, { 'Content-Type': openApiV2MediaType, 'Content-Length': document.length }).end(document);
    return;
  }
  const found = documentAt(parts, resources, request.headers.host ?? '');
  if (!found) throw noSuchPath();
  sendJson(response, 200, found);
}

const paths = ['/api', '/api/v1', '/apis', '/healthz', '/livez', '/openapi/v2', '/openapi/v3', '/readyz', '/version'];

function documentAt(parts: readonly string[], resources: readonly Resource[], host: string): JsonMap | undefined {
  const [root, first, second, ...rest] = parts;
  if (root === undefined) return { paths };
  if (root === 'openapi' && first === 'v3') return openApiV3(parts.slice(2).join('/'), resources);
  if (rest.length > 0) return undefined;
  if (root === 'version' && !first) return discovery.versionInfo;
  if (root === 'api' && !first) return discovery.coreVersions(host);
  if (root === 'api' && !second) return discovery.resourceList('', first!, resources);
  if (root !== 'apis') return undefined;
  if (!first) return discovery.groupList(resources);
  return second ? discovery.resourceList(first, second, resources) : discovery.group(first, resources);
}
