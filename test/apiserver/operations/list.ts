// Owns: listing: which state, which objects of it, which page.
// Source: https://kubernetes.io/docs/reference/using-api/api-concepts/ (resourceVersionMatch, limit and continue).
import type { JsonMap, KubeObject } from '../object.js';
import { badRequest, expired, Failure } from '../status.js';
import { parseFieldSelector, parseLabelSelector, type Selector } from '../storage/selectors.js';
import type { Environment, Target } from './environment.js';
import { present } from './versions.js';

export interface Listing {
  readonly items: readonly KubeObject[];
  /** resourceVersion, and continue and remainingItemCount when there is more. */
  readonly metadata: JsonMap;
}

interface Continuation {
  readonly revision: number;
  readonly after: string;
}

/** Lists what a request asks for. Throws a 410 Failure when the state of an earlier page is compacted. */
export function list(environment: Environment, target: Target, query: URLSearchParams): Listing {
  const { store } = environment;
  const from = query.get('continue') ? decodeContinue(query.get('continue')!) : undefined;
  const at = from?.revision ?? wantedRevision(query, store.revision());
  const entries = store.list(target.resource.collection, at);
  if (!entries)
    throw expired(from ? continueExpired : `too old resource version: ${at} (${store.compactedRevision()})`);
  const selected = selectorOf(target, query);
  const matching = entries.filter(([key, object]) => (!from || key > from.after) && selected(object));
  const limit = Number(query.get('limit') ?? 0) || Number.POSITIVE_INFINITY;
  const page = matching.slice(0, limit);
  const revision = at ?? store.revision();
  const more = matching.length > page.length && { continue: encodeContinue({ revision, after: page.at(-1)![0] }) };
  const filtered = query.has('labelSelector') || query.has('fieldSelector');
  const remaining = more && !filtered && { remainingItemCount: matching.length - page.length };
  return {
    items: page.map(([, object]) => present(object, target.resource, target.version)),
    metadata: { resourceVersion: String(revision), ...more, ...remaining },
  };
}

/** What both lists and watches select: the namespace, a name in the path, labels and fields. */
export function selectorOf({ resource, namespace, name }: Target, query: URLSearchParams): Selector {
  const labels = parseLabelSelector(query.get('labelSelector'));
  const fields = parseFieldSelector(query.get('fieldSelector'), resource.selectableFields);
  return (object) =>
    (!namespace || object.metadata.namespace === namespace) &&
    (!name || object.metadata.name === name) &&
    labels(object) &&
    fields(object);
}

const continueExpired =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.';

/** `undefined` means the newest state. */
function wantedRevision(query: URLSearchParams, current: number): number | undefined {
  const text = query.get('resourceVersion') ?? '';
  const match = query.get('resourceVersionMatch');
  if (match && match !== 'Exact' && match !== 'NotOlderThan')
    throw badRequest(`resourceVersionMatch: unsupported value "${match}"`);
  if (match && !text) throw badRequest('resourceVersionMatch is forbidden unless resourceVersion is provided');
  const wanted = parseRevision(text);
  if (wanted > current) throw tooLarge(wanted, current);
  return match === 'Exact' ? wanted : undefined;
}

export function parseRevision(text: string): number {
  if (!/^\d*$/.test(text)) throw badRequest(`invalid resource version: ${JSON.stringify(text)}`);
  return Number(text);
}

function tooLarge(wanted: number, current: number): Failure {
  const message = `Too large resource version: ${wanted}, current: ${current}`;
  return new Failure(
    504,
    'Timeout',
    `Timeout: ${message}`,
    { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }] },
    1,
  );
}

function encodeContinue({ revision, after }: Continuation): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start: after })).toString('base64url');
}

function decodeContinue(token: string): Continuation {
  try {
    const { rv, start } = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as { rv: number; start: string };
    if (Number.isInteger(rv) && typeof start === 'string') return { revision: rv, after: start };
  } catch {
    // Not JSON: the same answer as for JSON of another shape.
  }
  throw badRequest('continue key is not valid');
}
