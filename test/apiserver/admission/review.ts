// Owns: AdmissionReview of admission.k8s.io/v1, from the server's side.
// Source: https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/ (request and response).
import type { Version } from '../kinds/resource.js';
import { isMap, type Json, type JsonMap, type KubeObject, mapAt } from '../object.js';
import { present, toStored } from '../operations/versions.js';
import { admin } from '../reviews.js';
import { Failure } from '../status.js';
import type { Attributes } from './attributes.js';
import { texts } from './configured.js';

const apiVersion = 'admission.k8s.io/v1';
const kind = 'AdmissionReview';

/** The question about a write. `options`: CreateOptions, UpdateOptions or DeleteOptions as the client gave them. */
export function reviewOf(attributes: Attributes, shown: Version, uid: string, options: JsonMap): JsonMap {
  const { operation, target, name, object, oldObject, dryRun } = attributes;
  const { resource, version, namespace, subresource } = target;
  const kindIn = ({ name: of }: Version) => ({ group: resource.group, version: of, kind: resource.kind });
  const resourceIn = ({ name: of }: Version) => ({ group: resource.group, version: of, resource: resource.plural });
  const inShown = (state: KubeObject | undefined) =>
    state === undefined ? null : present(toStored(state, resource, version), resource, shown);
  const space = resource.collection === 'namespaces' ? name : namespace;
  return {
    kind,
    apiVersion,
    request: {
      uid,
      kind: kindIn(shown),
      resource: resourceIn(shown),
      ...(subresource && { subResource: subresource }),
      requestKind: kindIn(version),
      requestResource: resourceIn(version),
      ...(subresource && { requestSubResource: subresource }),
      name,
      ...(space && { namespace: space }),
      operation,
      userInfo: admin,
      object: inShown(object),
      oldObject: inShown(oldObject),
      dryRun,
      options: { kind: optionsKinds[operation], apiVersion: 'meta.k8s.io/v1', ...options },
    },
  };
}

const optionsKinds = { CREATE: 'CreateOptions', UPDATE: 'UpdateOptions', DELETE: 'DeleteOptions' } as const;

/** What a webhook decided. `status` is what it says about a refusal. */
export interface Verdict {
  readonly allowed: boolean;
  readonly status: JsonMap;
  readonly warnings: readonly string[];
}

/** Reads an answer. A string is what is wrong with it. */
export function readVerdict(answer: Json, uid: string): Verdict | string {
  if (!isMap(answer) || answer.apiVersion !== apiVersion || answer.kind !== kind)
    return `expected webhook response of ${apiVersion}, Kind=${kind}, got ${gotten(answer)}`;
  const response = mapAt(answer, 'response');
  if (response === undefined) return 'webhook response was absent';
  if (response.uid !== uid) return `expected response.uid="${uid}", got "${response.uid ?? ''}"`;
  if (response.patch) return 'validating webhook may not return response.patch';
  if (response.patchType) return 'validating webhook may not return response.patchType';
  return {
    allowed: response.allowed === true,
    status: mapAt(response, 'status') ?? {},
    warnings: texts(response.warnings),
  };
}

function gotten(answer: Json): string {
  return isMap(answer) ? `${answer.apiVersion ?? ''}, Kind=${answer.kind ?? ''}` : JSON.stringify(answer);
}

/** What a client is told whose write was refused. */
export function refusal(webhook: string, { status }: Verdict): Failure {
  const why = status.message || status.reason;
  const denied = `admission webhook "${webhook}" denied the request`;
  const code = Math.max(Number(status.code ?? 0), 400);
  const message = why ? `${denied}: ${why}` : `${denied} without explanation`;
  return new Failure(code, String(status.reason ?? ''), message, mapAt(status, 'details'));
}

/** What a client is told when a webhook that must be heard cannot be. */
export function unheard(webhook: string, why: string): Failure {
  const message = `failed calling webhook "${webhook}": ${why}`;
  return new Failure(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] });
}
