/** Does what a plan says, each on the version that was decided on. */
import { defaultEipAnnotation, group, version } from '../../api/annotations.js';
import { madeFromLabel, madeFromMetallb, originAnnotation, writtenAnnotation } from '../../api/origin.js';
import { ApiError } from '../../platform/kubernetes/api-error.js';
import type { ApiClient } from '../../platform/kubernetes/client.js';
import type { KubernetesObject } from '../../platform/kubernetes/resource.js';
import { fieldManager } from '../objects/field-manager.js';
import { eips } from '../objects/resources.js';
import { type Content, digestOf } from './content.js';
import type { Action } from './plan.js';

/**
 * `overtaken`: it is not what was decided on any more. `refused`: the server, or somebody's webhook, will not have it. `failed`: it is to be
 * tried again soon, and may be this object's alone. Without an answer of the server the error is thrown.
 */
export type Outcome =
  | { readonly result: 'done' | 'overtaken' }
  | { readonly result: 'refused'; readonly why: string }
  | { readonly result: 'failed'; readonly error: ApiError };

export async function perform(client: ApiClient, action: Action): Promise<Outcome> {
  try {
    await write(client, action);
    return { result: 'done' };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // Of what is created there is nothing to be missing but the kind.
    if (error.status === 409 || (error.status === 404 && action.do !== 'create')) return { result: 'overtaken' };
    if ([400, 403, 404, 413, 422].includes(error.status)) return { result: 'refused', why: error.message };
    return { result: 'failed', error };
  }
}

async function write(client: ApiClient, action: Action): Promise<void> {
  if (action.do === 'create') {
    const { resource, name, content, origin } = action.wanted;
    const object = {
      apiVersion: `${group}/${version}`,
      kind: resource.kind,
      metadata: { name, labels: { [madeFromLabel]: madeFromMetallb }, annotations: annotationsOf(content, origin) },
      spec: content.spec,
    };
    await client.create<KubernetesObject>(resource, object, { fieldManager });
    return;
  }
  const { resource, name, uid, resourceVersion } = action.existing;
  if (action.do === 'remove') {
    await client.remove(resource, name, { uid, resourceVersion });
    return;
  }
  const { content, origin } = action;
  const removed = resource === eips && !content.isDefault ? { [defaultEipAnnotation]: null } : {};
  const annotations = { ...removed, ...annotationsOf(content, origin) };
  const spec = difference(action.existing.content.spec, content.spec);
  await client.mergePatch(resource, name, { metadata: { annotations }, spec }, { uid, resourceVersion, fieldManager });
}

/** As a merge patch (RFC 7386): what is there no more is null, at every depth. */
function difference(before: Fields, after: Fields): Fields {
  const gone = Object.keys(before).filter((key) => !Object.hasOwn(after, key));
  const entries = Object.entries(after).map(([key, value]) => {
    const former = before[key];
    return [key, isFields(former) && isFields(value) ? difference(former, value) : value];
  });
  return Object.fromEntries([...gone.map((key) => [key, null]), ...entries]);
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function annotationsOf(content: Content, origin: string): Record<string, string> {
  return {
    ...(content.isDefault ? { [defaultEipAnnotation]: 'true' } : {}),
    [originAnnotation]: origin,
    [writtenAnnotation]: digestOf(content),
  };
}
