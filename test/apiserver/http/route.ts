// Owns: what the path of an API request means.
// Source: kubernetes/apiserver pkg/endpoints/request/requestinfo.go

/** `/api/v1/namespaces/ns/services/name/status` in its parts. */
export interface Route {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

const namespaceSubresources = new Set(['status', 'finalize']);

/** The parts of a resource path, `undefined` for every other path. */
export function parseRoute(path: string): Route | undefined {
  const parts = path.split('/').filter(Boolean).map(decodeURIComponent);
  const isCore = parts[0] === 'api';
  if (!isCore && parts[0] !== 'apis') return undefined;
  const [group, version] = isCore ? ['', parts[1]] : [parts[1]!, parts[2]];
  const rest = parts.slice(isCore ? 2 : 3);
  if (!version || rest.length === 0) return undefined;
  const inNamespace =
    rest[0] === 'namespaces' && rest.length > 2 && !(rest.length === 3 && namespaceSubresources.has(rest[2]!));
  const namespace = inNamespace ? rest[1] : undefined;
  const [plural, name, subresource, ...extra] = inNamespace ? rest.slice(2) : rest;
  if (!plural || extra.length > 0) return undefined;
  return { group, version, plural, namespace, name, subresource };
}
