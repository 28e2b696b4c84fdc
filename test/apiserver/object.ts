/** Any JSON value; `undefined` stands for an absent field. */
export type Json = null | boolean | number | string | Json[] | JsonMap;
export interface JsonMap {
  [field: string]: Json | undefined;
}

/** `metadata` as the server keeps it. */
export interface ObjectMeta extends JsonMap {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  finalizers?: string[];
  labels?: { [name: string]: string };
  annotations?: { [name: string]: string };
}

/** An object of some API, in one of its versions. Stored objects are shared and never changed in place: clone first. */
export interface KubeObject extends JsonMap {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

export function isMap(value: Json | undefined): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function mapAt(value: JsonMap, field: string): JsonMap | undefined {
  const found = value[field];
  return isMap(found) ? found : undefined;
}

/** Deep equality of JSON values; absent and `undefined` are the same, the order of fields does not matter. */
export function equals(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => equals(item, b[i]));
  if (!isMap(a) || !isMap(b)) return false;
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => equals(a[key], b[key]));
}
