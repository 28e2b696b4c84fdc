// Owns: the Status objects that tell a client what went wrong, worded as kube-apiserver words them.
// Source: kubernetes/apimachinery pkg/api/errors, observed on 1.20.
import type { JsonMap } from './object.js';

/** The resource a failure is about. */
export interface ResourceName {
  readonly group: string;
  readonly plural: string;
}

/** One thing that is wrong with an object. `reason` is a metav1.CauseType. */
export interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

/** A request that failed: thrown by handlers, written by the HTTP layer. */
export class Failure extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: JsonMap | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: number, reason: string, message: string, details?: JsonMap, retryAfterSeconds?: number) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export function statusOf(failure: Failure): JsonMap {
  const { retryAfterSeconds } = failure;
  const details = { ...failure.details, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) };
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: failure.message,
    ...(failure.reason && { reason: failure.reason }),
    ...(Object.keys(details).length > 0 && { details }),
    code: failure.code,
  };
}

export function success(details: JsonMap): JsonMap {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
}

const qualified = ({ group, plural }: ResourceName) => (group ? `${plural}.${group}` : plural);
const details = ({ group, plural }: ResourceName, name: string): JsonMap => ({
  name,
  ...(group && { group }),
  kind: plural,
});

export function notFound(resource: ResourceName, name: string): Failure {
  return new Failure(404, 'NotFound', `${qualified(resource)} "${name}" not found`, details(resource, name));
}

export function noSuchPath(): Failure {
  return new Failure(404, 'NotFound', 'the server could not find the requested resource');
}

export function alreadyExists(resource: ResourceName, name: string): Failure {
  return new Failure(409, 'AlreadyExists', `${qualified(resource)} "${name}" already exists`, details(resource, name));
}

export function conflict(resource: ResourceName, name: string, why: string): Failure {
  const message = `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`;
  return new Failure(409, 'Conflict', message, details(resource, name));
}

export const modified = 'the object has been modified; please apply your changes to the latest version and try again';

export function forbidden(resource: ResourceName, name: string, why: string): Failure {
  return new Failure(
    403,
    'Forbidden',
    `${qualified(resource)} "${name}" is forbidden: ${why}`,
    details(resource, name),
  );
}

export function badRequest(message: string): Failure {
  return new Failure(400, 'BadRequest', message);
}

export function invalid(group: string, kind: string, name: string, causes: readonly Cause[]): Failure {
  const lines = causes.map((cause) => (cause.field ? `${cause.field}: ${cause.message}` : cause.message));
  const what = `${group ? `${kind}.${group}` : kind} "${name}" is invalid`;
  const message = `${what}: ${lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`}`;
  const list = causes.map((cause) => ({ ...cause }));
  return new Failure(422, 'Invalid', message, { name, ...(group && { group }), kind, causes: list });
}

export function expired(message: string): Failure {
  return new Failure(410, 'Expired', message);
}

export function methodNotAllowed(): Failure {
  return new Failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
}

export function unsupportedMediaType(type: string, supported: readonly string[]): Failure {
  const message = `the body of the request was in an unknown format - accepted media types include: ${supported.join(', ')}`;
  return new Failure(415, 'UnsupportedMediaType', type ? message : `${message} (no Content-Type was sent)`);
}
