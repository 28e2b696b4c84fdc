/** AdmissionReview, in and out (admission.k8s.io/v1 and v1beta1, which agree in what is used here). */
import { cut } from '../../api/shown.js';

/** What answers POST on one path: the body of the answer (JSON), or a status and a text. */
export type Answer =
  | { readonly status: 200; readonly json: object }
  | { readonly status: 400 | 503; readonly text: string };

/** What is read of a request; nothing of it has been looked at yet. */
export interface ReviewRequest {
  readonly operation?: unknown;
  readonly resource?: { readonly resource?: unknown } | null;
  readonly subResource?: unknown;
  readonly userInfo?: { readonly username?: unknown; readonly extra?: unknown } | null;
  readonly object?: unknown;
  readonly oldObject?: unknown;
}

/** To whom an answer goes. */
export interface Addressee {
  readonly apiVersion: string;
  readonly uid: string;
}

export type Review =
  | ({ readonly ok: true; readonly request: ReviewRequest } & Addressee)
  | { readonly ok: false; readonly reason: string };

/** Why a request is refused. */
export interface Refusal {
  /** As a status of HTTP. */
  readonly code: 403 | 422 | 429 | 503;
  readonly message: string;
}

export function readReview(body: string): Review {
  let review: {
    readonly apiVersion?: unknown;
    readonly kind?: unknown;
    readonly request?: (ReviewRequest & { readonly uid?: unknown }) | null;
  } | null;
  try {
    review = JSON.parse(body);
  } catch (error) {
    return { ok: false, reason: `the body is not JSON: ${cut((error as Error).message, 128)}` };
  }
  const { apiVersion, kind, request } = review ?? {};
  if (!isKnown(apiVersion) || kind !== 'AdmissionReview') {
    return { ok: false, reason: 'the body is not an AdmissionReview of admission.k8s.io/v1 or v1beta1' };
  }
  if (typeof request?.uid !== 'string' || request.uid === '') return { ok: false, reason: 'request.uid is missing' };
  return { ok: true, apiVersion, uid: request.uid, request };
}

/**
 * What the beginning of a review tells, without parsing it: API servers write it in this order, the objects last, and before them nothing
 * that whoever asks could put quotes into.
 */
export function headOf(text: string): (Addressee & { readonly username: string | undefined }) | undefined {
  const uid = /^\s*\{[^[\]]{0,256}?"request":\{"uid":"([\w-]{1,64})"/.exec(text)?.[1];
  const apiVersion = /^[^[\]]{0,256}?"apiVersion":"(admission\.k8s\.io\/v1(?:beta1)?)"/.exec(text)?.[1];
  if (uid === undefined || apiVersion === undefined) return undefined;
  const username = /"userInfo":\{"username":"([^"\\]{1,512})"/.exec(text)?.[1];
  return { apiVersion, uid, username };
}

/** The answer: yes, or no and why. */
export function writeReview({ apiVersion, uid }: Addressee, refusal: Refusal | undefined): object {
  const verdict =
    refusal === undefined
      ? { allowed: true }
      : { allowed: false, status: { code: refusal.code, reason: reasons[refusal.code], message: refusal.message } };
  return { apiVersion, kind: 'AdmissionReview', response: { uid, ...verdict } };
}

const reasons = { 403: 'Forbidden', 422: 'Invalid', 429: 'TooManyRequests', 503: 'ServiceUnavailable' } as const;

function isKnown(apiVersion: unknown): apiVersion is string {
  return apiVersion === 'admission.k8s.io/v1' || apiVersion === 'admission.k8s.io/v1beta1';
}
