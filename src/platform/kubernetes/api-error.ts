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

/** Makes the error of an ERROR event in a watch; its object is a Status. */
export function apiErrorOfEvent(path: string, status: Status): ApiError {
  const seconds = status.details?.retryAfterSeconds;
  const retryAfterMs = seconds === undefined ? undefined : seconds * 1000;
  return new ApiError({ method: 'WATCH', path, status, code: status.code ?? 500, retryAfterMs });
}

export function hasStatus(error: unknown, status: number): error is ApiError {
  return error instanceof ApiError && error.status === status;
}

function parseStatus(body: string): Status {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  } catch {
    // Proxies in front of a server answer in plain text or HTML.
  }
  const text = body.trim().slice(0, 200);
  return text === '' ? {} : { message: text };
}

function retryAfter(header: string | undefined, status: Status, wallMs: number): number | undefined {
  if (header !== undefined) {
    if (/^\d+$/.test(header)) return Number(header) * 1000;
    const date = Date.parse(header);
    if (!Number.isNaN(date)) return Math.max(0, date - wallMs);
  }
  const seconds = status.details?.retryAfterSeconds;
  return seconds === undefined ? undefined : seconds * 1000;
}
