import type { IncomingHttpHeaders } from 'node:http';

/**
 * Owns: what the API server said when it refused.
 * Source: apimachinery meta/v1 Status and StatusDetails; RFC 9110 section 10.2.3 (Retry-After).
 */

export interface StatusCause {
  readonly field?: string;
  readonly reason?: string;
  readonly message?: string;
}

/** The `Status` object of a refusal, as far as it is read. */
export interface Status {
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly retryAfterSeconds?: number; readonly causes?: readonly StatusCause[] };
}

/** The server answered, and said no. The world's fault: callers look at `status` and `reason`, people at `message`. */
export class ApiError extends Error {
  /** HTTP status: 404, 409, 410, 422, 429, 500, … */
  readonly status: number;
  /** Kubernetes' word for it: NotFound, Conflict, Expired, Invalid, TooManyRequests, …; 'Unknown' when it gave none. */
  readonly reason: string;
  readonly causes: readonly StatusCause[];
  /** How long the server asked to be left alone, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(o: { method: string; path: string; status: Status; code: number; retryAfterMs?: number | undefined }) {
    const reason = o.status.reason || 'Unknown';
    const said = o.status.message || 'the server gave no explanation';
    super(`${o.method} ${o.path}: ${o.code} ${reason}: ${said}`);
    this.name = 'ApiError';
    this.status = o.code;
    this.reason = reason;
    this.causes = o.status.details?.causes ?? [];
    this.retryAfterMs = o.retryAfterMs;
  }
}

/** Makes the error of a response that is not 2xx. `body` may be a Status, other text, or nothing. */
export function apiErrorOf(o: {
  method: string;
  path: string;
  code: number;
  headers?: IncomingHttpHeaders;
  body: string;
  wallMs: number;
}): ApiError {
  const status = parseStatus(o.body);
  return new ApiError({ ...o, status, retryAfterMs: retryAfter(o.headers?.['retry-after'], status, o.wallMs) });
}

/** Makes the error of an ERROR event in a watch; its object is a Status, if it is what it should be. */
export function apiErrorOfEvent(path: string, object: unknown): ApiError {
  const status = readStatus(object);
  const code = status.reason === 'Expired' || status.reason === 'Gone' ? 410 : (status.code ?? 500);
  return new ApiError({ method: 'WATCH', path, status, code, retryAfterMs: retryAfter(undefined, status, 0) });
}

export function hasStatus(error: unknown, status: number): error is ApiError {
  return error instanceof ApiError && error.status === status;
}

/** There is no such object. A server that does not know the kind (yet) answers 404, too, but gives no reason. */
export function isAbsent(error: unknown): error is ApiError {
  return hasStatus(error, 404) && error.reason === 'NotFound';
}

function parseStatus(body: string): Status {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null) return readStatus(parsed);
  } catch {
    // Proxies in front of a server answer in plain text or HTML.
  }
  const text = body.trim().slice(0, 200);
  return text === '' ? {} : { message: text };
}

/** Of any JSON what has the types of a Status. */
function readStatus(object: unknown): Status {
  const { code, reason, message, details } = record(object);
  const { retryAfterSeconds, causes } = record(details);
  return {
    ...(Number.isSafeInteger(code) ? { code: code as number } : {}),
    ...(typeof reason === 'string' ? { reason } : {}),
    ...(typeof message === 'string' ? { message } : {}),
    details: {
      ...(typeof retryAfterSeconds === 'number' ? { retryAfterSeconds } : {}),
      causes: Array.isArray(causes) ? causes.map(readCause) : [],
    },
  };
}

function readCause(object: unknown): StatusCause {
  const cause = record(object);
  const text = (name: string) => (typeof cause[name] === 'string' ? { [name]: cause[name] } : {});
  return { ...text('field'), ...text('reason'), ...text('message') };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** A server that says a longer time is asked again before; timers take no more than 24 days, and run at once beyond. */
const longestRetryAfterMs = 600_000;

function retryAfter(header: string | undefined, status: Status, wallMs: number): number | undefined {
  const bounded = (ms: number) => Math.min(Math.max(ms, 0), longestRetryAfterMs);
  if (header !== undefined) {
    if (/^\d+$/.test(header)) return bounded(Number(header) * 1000);
    const date = Date.parse(header);
    if (!Number.isNaN(date)) return bounded(date - wallMs);
  }
  const seconds = status.details?.retryAfterSeconds;
  return seconds === undefined ? undefined : bounded(seconds * 1000);
}
