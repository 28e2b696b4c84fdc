/** One of MetalLB's objects, as it comes in: what it says is not looked at here. */
import { type Document, documentOf, fields } from '../../convert/document.js';
import type { Admission } from '../../platform/kubernetes/admission.js';
import type { ObjectReference } from '../../platform/kubernetes/event-object.js';
import {
  apiVersionOf,
  type KubernetesObject,
  type ObjectMeta,
  type Resource,
} from '../../platform/kubernetes/resource.js';

/** One of MetalLB's objects. Its contents are anybody's guess. */
export interface Found {
  readonly document: Document;
  readonly reference: ObjectReference;
}

/** What a cache keeps of it. */
export interface Kept extends KubernetesObject {
  readonly metadata: ObjectMeta;
  readonly found: Found;
}

/** @param resource what it was read as */
export function admit(resource: Resource, object: KubernetesObject): Admission<Kept> {
  const apiVersion = apiVersionOf(resource);
  const document = documentOf(apiVersion, resource.kind, fields(object));
  if (document === undefined) return { problem: 'metadata.name: is missing' };
  const { name, namespace, uid, resourceVersion } = object.metadata;
  const place = { ...(namespace === undefined ? {} : { namespace }), ...(uid === undefined ? {} : { uid }) };
  const reference = { apiVersion, kind: resource.kind, name, ...place };
  const metadata = { name, ...place, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
  return { object: { metadata, found: { document, reference } } };
}
