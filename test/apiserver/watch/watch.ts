// Owns: one watch: what it sends, from which revision on, until it ends.
// Refuses to know: sockets. Events go to a sink.
// Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes

import { apiVersionOf } from '../kinds/resource.js';
import type { JsonMap, KubeObject } from '../object.js';
import type { Environment, Target } from '../operations/environment.js';
import { list, parseRevision, selectorOf } from '../operations/list.js';
import { present } from '../operations/versions.js';
import { badRequest, expired, statusOf } from '../status.js';
import type { Change } from '../storage/store.js';

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: KubeObject | JsonMap;
}

export interface Watch {
  /** Says which revision the watcher has seen, if it asked for bookmarks. */
  bookmark(): void;
  stop(): void;
}

/**
 * Starts a watch: first the events since `resourceVersion` (without one, an ADDED for every object), then live ones. A revision
 * that is compacted gives one ERROR event with a 410 Status, after which `end` is called.
 */
export function startWatch(
  environment: Environment,
  target: Target,
  query: URLSearchParams,
  send: (event: WatchEvent) => void,
  end: () => void,
): Watch {
  const { store } = environment;
  const selects = selectorOf(target, query);
  const wantsBookmarks = query.get('allowWatchBookmarks') === 'true';
  const revision = parseRevision(query.get('resourceVersion') ?? '');
  const sendsInitial = query.get('sendInitialEvents') === 'true';
  if (sendsInitial && query.get('resourceVersionMatch') !== 'NotOlderThan')
    throw badRequest('resourceVersionMatch must be set to NotOlderThan when sendInitialEvents is set');
  const show = (object: KubeObject) => present(object, target.resource, target.version);
  const forward = (change: Change) => {
    const event = eventOf(change, selects);
    if (event) send({ type: event.type, object: show(event.object) });
  };
  const bookmark = (annotations?: Record<string, string>) => {
    if (wantsBookmarks) send({ type: 'BOOKMARK', object: bookmarkObject(target, store.revision(), annotations) });
  };
  const unsubscribe = store.subscribe((change) => {
    if (change.collection === target.resource.collection) forward(change);
  });

  const past = revision > 0 && !sendsInitial ? store.changesSince(target.resource.collection, revision) : [];
  if (!past) {
    unsubscribe();
    send({
      type: 'ERROR',
      object: statusOf(expired(`too old resource version: ${revision} (${store.compactedRevision()})`)),
    });
    end();
    return { bookmark() {}, stop() {} };
  }
  if (revision === 0 || sendsInitial)
    for (const object of initial(environment, target, query)) send({ type: 'ADDED', object });
  if (sendsInitial) bookmark({ 'k8s.io/initial-events-end': 'true' });
  for (const change of past) forward(change);
  return { bookmark: () => bookmark(), stop: unsubscribe };
}

function initial(environment: Environment, target: Target, query: URLSearchParams): readonly KubeObject[] {
  const selectors = new URLSearchParams();
  for (const name of ['labelSelector', 'fieldSelector']) if (query.has(name)) selectors.set(name, query.get(name)!);
  return list(environment, target, selectors).items.filter(
    ({ metadata }) => !target.name || metadata.name === target.name,
  );
}

/** An object that comes to match appears as added, one that no longer matches as deleted, in its last matching state. */
function eventOf({ type, object, previous, revision }: Change, selects: (object: KubeObject) => boolean) {
  const matched = previous !== undefined && selects(previous);
  if (type === 'DELETED') return matched ? { type, object } : undefined;
  const matches = selects(object);
  if (matches) return { type: matched ? ('MODIFIED' as const) : ('ADDED' as const), object };
  if (!matched) return undefined;
  const last = { ...previous, metadata: { ...previous.metadata, resourceVersion: String(revision) } };
  return { type: 'DELETED' as const, object: last };
}

function bookmarkObject(
  { resource, version }: Target,
  revision: number,
  annotations?: Record<string, string>,
): JsonMap {
  return {
    kind: resource.kind,
    apiVersion: apiVersionOf(resource.group, version.name),
    metadata: { resourceVersion: String(revision), creationTimestamp: null, ...(annotations && { annotations }) },
  };
}
