// Owns: the step between an object as it is stored and as one API version shows it.

import { apiVersionOf, type Resource, type Version } from '../kinds/resource.js';
import type { KubeObject } from '../object.js';

/** A stored object in the shape of `version`. */
export function present(object: KubeObject, resource: Resource, version: Version): KubeObject {
  const apiVersion = apiVersionOf(resource.group, version.name);
  const shown = version.fromStored ? version.fromStored(object) : object;
  return shown.apiVersion === apiVersion ? shown : { ...shown, apiVersion };
}

/** An object of `version` in the shape in which it is stored. */
export function toStored(object: KubeObject, resource: Resource, version: Version): KubeObject {
  const stored = version.toStored
    ? version.toStored(object)
    : { ...object, apiVersion: apiVersionOf(resource.group, resource.storageVersion) };
  return { ...stored, kind: resource.kind };
}
